/** What the intake makes of triggers and names; `deployed.test.ts` has it at work. */
import { describe, expect, it } from "vitest";
import { type IntakeWorld, receive } from "../../lambdas/intake/receive.ts";
import { happeningOf, newRunName, runNameOf } from "../../lambdas/intake/run-name.ts";
import { triggerInput } from "../../lambdas/intake/trigger-input.ts";
import { executionArnOf } from "../../lib/aws/start-execution.ts";
import type { Json } from "../../lib/runtime/json.ts";

const event = { id: "1", detail: { names: ["a", "b"], count: 2, text: '{"x":[1]}' } };

describe("a trigger's input", () => {
  it.each<[string, Json, Json]>([
    ["a whole expression", "{% $event.detail %}", event.detail],
    ["text", "names", "names"],
    ["what is no expression", [1, null, true], [1, null, true]],
    ["expressions inside", { a: { b: ["{% $event.id %}"] } }, { a: { b: ["1"] } }],
    ["a list that JSONata makes", "{% $event.detail.names.($ & '!') %}", ["a!", "b!"]],
    ["JSON in a text", "{% $parse($event.detail.text).x %}", [1]],
    ["null", "{% null %}", null],
  ])("may be %s", async (_case, template, expected) => {
    expect(await triggerInput(template, event)).toEqual(expected);
  });

  it.each([
    ["nothing", { deep: ["{% $event.none %}"] }, "input.deep[0] returned nothing"],
    ["an error", "{% $event.detail.count.$substring(1, 2, 3) %}", "input fails"],
    ["text that is not JSON", "{% $parse('{') %}", "input fails"],
    ["an endless recursion", "{% ($f := function($n) { $f($n + 1) + 1 }; $f(1)) %}", "input fails"],
  ])("that comes to %s is refused, with its place", async (_case, template, message) => {
    await expect(triggerInput(template, event)).rejects.toMatchObject({
      name: "TriggerInputError",
      message: expect.stringContaining(message),
    });
  });
});

describe("the name of a run", () => {
  const workflow = "a".repeat(41);

  it("fits, whatever the workflow is called", () => {
    for (const name of [runNameOf(workflow, [1, "event", "x"]), newRunName(workflow, new Date())]) {
      expect(name).toMatch(/^[A-Za-z0-9_-]{50,80}$/);
      expect(name.startsWith(`${workflow}-`)).toBe(true);
    }
  });

  it("is new for who gives none, and sorts by time", () => {
    const names = [1, 2, 3].map((second) => newRunName("w", new Date(1.8e12 + second * 1000)));
    expect([...names].sort()).toEqual(names);
    expect(newRunName("w", new Date(0))).not.toBe(newRunName("w", new Date(0)));
  });

  it("tells triggers and kinds of events apart", () => {
    const at = { id: "1", time: "2026-11-21T02:00:00Z" };
    const all = [
      happeningOf({ trigger: 0, event: at }, {}),
      happeningOf({ trigger: 1, event: at }, {}),
      happeningOf({ trigger: 0, event: at }, { schedule: "rate(1 day)" }),
      happeningOf({ trigger: 0, event: at }, { "object-created": { bucket: "b" } }),
    ].map((happening) => runNameOf("w", happening));
    // An object's event without what names it falls back on its id.
    expect(new Set(all).size).toBe(3);
    expect(all[3]).toBe(all[0]);
  });
});

describe("the ARN of an execution", () => {
  it.each(["", ":live", ":12"])("has no qualifier %j of the machine", (qualifier) => {
    const machine = `arn:aws-cn:states:cn-north-1:123456789012:stateMachine:m${qualifier}`;
    expect(executionArnOf(machine, "r")).toBe(
      "arn:aws-cn:states:cn-north-1:123456789012:execution:m:r",
    );
  });
});

describe("a run in the environment of one customer", () => {
  /** Starts a run for `customer`; the answer, and the customer that the execution was started with. */
  async function startFor(customer: string | undefined) {
    const started: string[] = [];
    const sfn = {
      send: async ({ input }: { input: { input: string } }) => {
        started.push(input.input);
        return { executionArn: "arn:aws:states:eu-central-1:123456789012:execution:m:r" };
      },
    };
    const world = {
      intake: { format: 1, workflow: "w", input: true, config: {}, triggers: [], customer: "acme" },
      clients: { sfn: () => Promise.resolve(sfn), sqs: undefined },
      stateMachine: "arn:aws:states:eu-central-1:123456789012:stateMachine:m",
      artifacts: {},
    } as unknown as IntakeWorld;
    const start = { input: {}, principal: "ada@example.com", name: "r", customer };
    const answer = await receive({ start }, world);
    return { answer, customers: started.map((text) => JSON.parse(text).run.customer) };
  }

  it("is that customer's, whether who starts it says so or not", async () => {
    for (const customer of [undefined, "acme"]) {
      expect(await startFor(customer)).toEqual({ answer: { run: "r" }, customers: ["acme"] });
    }
  });

  it("is refused for another one", async () => {
    const { answer, customers } = await startFor("globex");
    expect(answer).toMatchObject({
      error: { code: "InputInvalid", message: expect.stringContaining('"acme" only') },
    });
    expect(customers).toEqual([]);
  });
});
