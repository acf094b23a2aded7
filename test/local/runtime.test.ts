import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../lib/runtime/control.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { timeline } from "../../lib/runtime/timeline.ts";
import {
  ADA,
  ASK,
  approvalState,
  dataFolder,
  deploymentOf,
  ended,
  openRuntime,
  START,
  taskState,
  until,
  waiting,
} from "./runtime-world.ts";

describe("running a bundle", () => {
  it("runs to the approval, takes the decision, and ends", async () => {
    const runtime = await openRuntime(await dataFolder());
    await runtime.deploy(deploymentOf(ASK));
    expect(await runtime.workflows()).toMatchObject([{ workflow: "sample", version: "1.0.0" }]);

    const started = await runtime.startRun({ ...START, customer: "acme" });
    expect(started).toMatchObject({
      workflow: "sample",
      status: "RUNNING",
      principal: "carl@example.com",
      customer: "acme",
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(started.id).toMatch(/^sample-[0-9a-z]{26}$/);

    const { waitingFor } = await until(runtime, started.id, waiting);
    const [approval = ""] = waitingFor;
    expect(await runtime.approval(approval)).toMatchObject({
      status: "open",
      evidence: { more: { asked: { n: 1 } } },
      run: { id: started.id, digest: started.digest, principal: "carl@example.com" },
    });
    expect(await runtime.decide(approval, ADA)).toMatchObject({ delivered: true });

    const run = await until(runtime, started.id, ended);
    expect(run).toMatchObject({
      status: "SUCCEEDED",
      input: { n: 1 },
      output: { approval, verdict: "approved", by: "ada@example.com" },
      waitingFor: [],
      steps: ASK.steps,
    });
    expect(await runtime.runs({ workflow: "sample" })).toMatchObject([{ id: started.id }]);
  });

  it("performs tasks with the code of the bundle", async () => {
    const runtime = await openRuntime(await dataFolder());
    await runtime.deploy(
      deploymentOf({
        startAt: "double",
        states: {
          double: taskState("double", "$states.context.Execution.Input.input.n", { End: true }),
        },
        code: { double: "export const handler = async ({ input }) => ({ twice: input * 2 });" },
      }),
    );
    const { id } = await runtime.startRun({ ...START, input: { n: 21 } });
    expect(await until(runtime, id, ended)).toMatchObject({
      status: "SUCCEEDED",
      output: { twice: 42 },
    });
    const events = await collect(runtime.history(id));
    const succeeded = events.find(({ type }) => type === "TaskSucceeded");
    expect(JSON.stringify(succeeded)).toContain("StatusCode");
    expect(timeline(events)).toMatchObject([{ step: "double", outcome: "succeeded" }]);
  });

  it("goes by the rule where the approval is not required", async () => {
    const runtime = await openRuntime(await dataFolder());
    const states = {
      review: approvalState("review", { End: true }, { required: "{% 1 > 2 %}" }),
    };
    await runtime.deploy(deploymentOf({ startAt: "review", states }));
    const { id } = await runtime.startRun(START);
    expect(await until(runtime, id, ended)).toMatchObject({
      status: "SUCCEEDED",
      output: { by: "rule" },
    });
    expect(await runtime.approvals({ run: id })).toMatchObject([
      { status: "approved", delivered: true },
    ]);
  });

  it("fails with Approval.Rejected, and expires what nobody decides", async () => {
    const runtime = await openRuntime(await dataFolder());
    const states = {
      first: approvalState("first", { Next: "second" }),
      second: { ...approvalState("second", { End: true }), TimeoutSeconds: 1 },
    };
    await runtime.deploy(deploymentOf({ startAt: "first", states }));
    const rejected = await runtime.startRun(START);
    const [one = ""] = (await until(runtime, rejected.id, waiting)).waitingFor;
    await runtime.decide(one, { ...ADA, verdict: "rejected", reason: "no" });
    expect(await until(runtime, rejected.id, ended)).toMatchObject({
      status: "FAILED",
      error: { name: "Approval.Rejected", cause: expect.stringContaining('"reason":"no"') },
    });
    const late = await runtime.startRun(START);
    const [two = ""] = (await until(runtime, late.id, waiting)).waitingFor;
    await runtime.decide(two, ADA);
    expect(await until(runtime, late.id, ended)).toMatchObject({
      error: { name: "States.Timeout" },
    });
    const statuses = (await runtime.approvals({ run: late.id })).map(({ status }) => status);
    expect(statuses.sort()).toEqual(["approved", expect.stringMatching(/expired|open/)]);
    await expect.poll(async () => (await runtime.approvals({ status: "open" })).length).toBe(0);
  });

  it("writes down what is emitted, and tells of it", async () => {
    const folder = await dataFolder();
    const told: unknown[] = [];
    const runtime = await openRuntime(folder, { onEmit: (event) => told.push(event) });
    const states = {
      tell: {
        Type: "Task",
        Resource: "arn:aws:states:::events:putEvents",
        Arguments: {
          Entries: [
            {
              Source: "espalier.sample",
              DetailType: "Done",
              Detail: { n: "{% $states.context.Execution.Input.input.n %}" },
              EventBusName: "${event_bus}",
            },
          ],
        },
        End: true,
      },
    };
    await runtime.deploy(deploymentOf({ startAt: "tell", states }));
    const { id } = await runtime.startRun(START);
    expect(await until(runtime, id, ended)).toMatchObject({ output: { FailedEntryCount: 0 } });
    const lines = (await readFile(join(folder, "events.ndjson"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(told);
    expect(told).toMatchObject([{ "detail-type": "Done", detail: { n: 1 }, bus: "espalier" }]);
  });

  it("refuses resources that it does not know, by name", async () => {
    const runtime = await openRuntime(await dataFolder());
    const states = {
      s: { Type: "Task", Resource: "arn:aws:states:::sqs:sendMessage", Arguments: {}, End: true },
    };
    await runtime.deploy(deploymentOf({ startAt: "s", states }));
    const { id } = await runtime.startRun(START);
    expect(await until(runtime, id, ended)).toMatchObject({
      status: "FAILED",
      error: { name: "States.Runtime", cause: expect.stringContaining("sqs:sendMessage") },
    });
  });

  it("stops a run, closes its approval, and tells whoever decides then", async () => {
    const runtime = await openRuntime(await dataFolder());
    await runtime.deploy(deploymentOf(ASK));
    const { id } = await runtime.startRun(START);
    const [approval = ""] = (await until(runtime, id, waiting)).waitingFor;
    await runtime.stopRun(id, "not needed");
    expect(await runtime.run(id)).toMatchObject({
      status: "ABORTED",
      error: { cause: "not needed" },
    });
    expect((await runtime.approval(approval)).status).toBe("cancelled");
    await expect(runtime.decide(approval, ADA)).rejects.toMatchObject({ code: "ApprovalClosed" });

    await runtime.redriveRun(id);
    const [again = ""] = (await until(runtime, id, waiting)).waitingFor;
    expect(again).not.toBe(approval);
    await runtime.decide(again, ADA);
    expect((await until(runtime, id, ended)).status).toBe("SUCCEEDED");
    await expect(runtime.redriveRun(id)).rejects.toMatchObject({ code: "RunNotRedrivable" });
  });

  it("closes the approval of a branch whose sibling failed, while the run goes on", async () => {
    const runtime = await openRuntime(await dataFolder());
    const branch = (name: string, state: JsonObject) => ({
      StartAt: name,
      States: { [name]: state },
    });
    const states = {
      both: {
        Type: "Parallel",
        Branches: [
          branch("asked", approvalState("asked", { End: true })),
          branch("fails", taskState("fails", "1", { End: true })),
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "again" }],
        End: true,
      },
      again: approvalState("again", { End: true }),
    };
    // Fails once the approval of its sibling has surely been asked for.
    const code = {
      fails: `export const handler = async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        throw new Error("no");
      };`,
    };
    await runtime.deploy(deploymentOf({ startAt: "both", states, code }));
    const { id } = await runtime.startRun(START);
    await expect
      .poll(
        async () => {
          const all = await runtime.approvals({ run: id });
          return all.map(({ step, status }) => `${step} ${status}`);
        },
        { timeout: 30_000 },
      )
      .toEqual(["asked cancelled", "again open"]);
    expect((await runtime.run(id)).status).toBe("RUNNING");
  });

  it("follows a run's history from any event to its end, without the task token", async () => {
    const runtime = await openRuntime(await dataFolder());
    await runtime.deploy(deploymentOf(ASK));
    const { id } = await runtime.startRun(START);
    const following = collect(runtime.history(id, { follow: true }));
    const [approval = ""] = (await until(runtime, id, waiting)).waitingFor;
    await runtime.decide(approval, ADA);
    const events = await following;
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.type).toBe("ExecutionSucceeded");
    expect(await collect(runtime.history(id, { after: 3 }))).toEqual(events.slice(3));
    expect(JSON.stringify(events)).not.toMatch(/"token\\?":\\?"AQ/);
    const stop = new AbortController();
    stop.abort();
    expect(await collect(runtime.history(id, { follow: true, signal: stop.signal }))).toEqual([]);
  });
});

describe("starting a run", () => {
  it.each([
    ["a workflow that is not there", { workflow: "other" }, "WorkflowNotFound", /"other"/],
    ["a path for a name", { name: "../x" }, "NameInvalid", /\.\.\/x/],
    ["a name that is too long", { name: "x".repeat(81) }, "NameInvalid", /no name/],
    [
      "an input that breaks the contract",
      { input: { n: "x", m: 1 } },
      "InputInvalid",
      /the property "m" is not expected[\s\S]*\$\.n: expected a whole number/,
    ],
    [
      "an input that is too large",
      { input: { n: 1, s: "x".repeat(300_000) } },
      "InputInvalid",
      /256 KiB/,
    ],
  ])("refuses %s", async (_, change, code, message) => {
    const runtime = await openRuntime(await dataFolder());
    const input = {
      type: "object",
      properties: { n: { type: "integer" }, s: { type: "string" } },
      additionalProperties: false,
    };
    await runtime.deploy(deploymentOf({ ...ASK, input }));
    await expect(runtime.startRun({ ...START, ...change })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await runtime.runs()).toEqual([]);
  });

  it("starts the same name with the same input once, also after its end", async () => {
    const runtime = await openRuntime(await dataFolder());
    await runtime.deploy(deploymentOf(ASK));
    await runtime.deploy(deploymentOf({ ...ASK, workflow: "second" }));
    const request = { ...START, name: "nightly" };
    const first = await runtime.startRun(request);
    expect(await runtime.startRun(request)).toEqual(first);
    await expect(runtime.startRun({ ...request, input: {} })).rejects.toMatchObject({
      code: "RunExists",
    });
    await expect(runtime.startRun({ ...request, workflow: "second" })).rejects.toMatchObject({
      code: "RunExists",
    });
    await runtime.stopRun("nightly", "enough");
    expect(await runtime.startRun(request)).toMatchObject({ id: "nightly", status: "ABORTED" });
    expect(await runtime.runs()).toHaveLength(1);
  });
});

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const found: RunEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}
