import { describe, expect, it } from "vitest";
import type { AgentFailureCause } from "../../../lib/runtime/agent/agent-failure.ts";
import { StepError } from "../../../lib/runtime/errors.ts";
import type { Clock } from "../../../lib/runtime/ports.ts";
import {
  AGENT,
  agentCall,
  enter,
  failureOf,
  journalOf,
  LOOK,
  memoryPorts,
  scene,
  scripted,
  submit,
  toolbox,
} from "./agent-scene.ts";
import { approvalOf } from "./ten-turns.ts";

const GOOD = { status: "done", output: { verdict: "good" } };
const good = submit({ verdict: "good" });
const look = (at: string) => ({ calls: [["look", { at }] as const] });
const publish = { text: "It is ready.", calls: [["publish", { text: "a", secret: "s" }] as const] };

/** A clock that is put forward by hand. */
function handClock(): Clock & { pass(seconds: number): void } {
  let now = Date.parse("2026-01-01T00:00:00.000Z");
  return {
    now: () => new Date(now),
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

describe("an agent", () => {
  it("looks, and ends with its artifact", async () => {
    const tools = toolbox({ look: ({ at }) => ({ found: `something at ${String(at)}` }) });
    const at = scene({
      model: [
        {
          calls: [
            ["look", { at: "x" }],
            ["look", { at: "y" }],
          ],
        },
        good,
      ],
      tools,
    });
    expect(await enter(at)).toEqual(GOOD);
    expect(tools.calls.map(({ tool, input }) => [tool.toolUseId, input])).toEqual([
      ["call_1_1", { at: "x" }],
      ["call_1_2", { at: "y" }],
    ]);
    expect((await journalOf(at)).map(({ kind }) => kind)).toEqual([
      "started",
      "model",
      "tool",
      "tool",
      "model",
      "done",
    ]);
  });

  it("sends the same bytes for the same past, also where ids, order and clocks differ", async () => {
    const run = async (id: string, delay: number) => {
      const model = scripted([
        {
          content: ["a", "b"].map((at, index) => ({
            toolUse: { toolUseId: `${id}${index}`, name: "look", input: { at } },
          })),
          stopReason: "tool_use",
        },
        good,
      ]);
      const tools = toolbox({
        look: async ({ at }) => {
          await new Promise((resolve) => setTimeout(resolve, at === "a" ? delay : 0));
          return { found: at ?? null };
        },
      });
      await enter(scene({ model, tools }));
      return JSON.stringify(model.requests);
    };
    expect(await run("x", 0)).toBe(await run("y", 20));
  });

  it("never sees what its model is not cleared for, and its journal says so", async () => {
    const model = scripted([good]);
    const at = scene({
      model,
      call: agentCall({ subject: { name: "pump", owner: "Ann Example", notes: ["a", "b"] } }),
      document: {
        input: {
          type: "object",
          properties: {
            subject: {
              type: "object",
              properties: { owner: { type: "string", "x-data-class": "personal" } },
            },
          },
        },
      },
    });
    await enter(at);
    expect(JSON.stringify(model.requests)).not.toContain("Ann Example");
    expect(JSON.stringify(model.requests)).toContain("pump");
    expect((await journalOf(at))[0]).toMatchObject({
      kind: "started",
      removed: [{ path: ".subject.owner", class: "personal" }],
    });
  });

  it("never sees what a tool's contract classes beyond its clearance", async () => {
    const model = scripted([look("x"), good]);
    const output = {
      type: "object",
      properties: { owner: { type: "string", "x-data-class": "personal" } },
    };
    const tools = toolbox({ look: () => ({ owner: "Ann Example", name: "pump" }) });
    const at = scene({ model, tools, document: { tools: [{ ...LOOK, output }] } });
    await enter(at);
    expect(JSON.stringify(model.requests)).not.toContain("Ann Example");
    expect((await journalOf(at))[2]).toMatchObject({
      kind: "tool",
      result: { value: { name: "pump" }, removed: [{ path: ".owner", class: "personal" }] },
    });
  });

  it("gives its tools what it was given, whole", async () => {
    const tools = toolbox();
    const at = scene({ model: [look("x"), good], tools, call: agentCall({ subject: { id: 7 } }) });
    await enter(at);
    expect(tools.calls[0]?.given).toEqual({ subject: { id: 7 } });
  });

  it("refuses what does not fit its input's contract before anything begins", async () => {
    const at = scene({
      model: [good],
      document: { input: { type: "object", properties: { subject: { type: "number" } } } },
    });
    expect((await failureOf(enter(at))).name).toBe("Contract.InputInvalid");
    expect(await journalOf(at)).toEqual([]);
  });

  it("tells where it failed how much it has spent, and what it has got", async () => {
    const at = scene({ model: [{ text: "Maybe this:", ...submit({ verdict: "perhaps" }) }] });
    const error = await failureOf(enter(at));
    expect(error.name).toBe("Agent.RepeatedCall");
    expect(JSON.parse(error.message) as AgentFailureCause).toEqual({
      reason: expect.stringContaining('"submit" with the same arguments') as string,
      agent: "scout",
      spend: {
        turns: 4,
        inputTokens: 400,
        outputTokens: 80,
        cost: 2400,
        currency: "USD",
        toolCalls: 0,
      },
      partial: { verdict: "perhaps" },
      lastText: "Maybe this:",
    });
  });
});

describe("a function that is called again", () => {
  it("goes on where its time was too short", async () => {
    const model = scripted([look("x"), good]);
    // The margin is two seconds, and the model may take twenty.
    const at = scene({ model, deadline: new Date(Date.now() + 15_000) });
    expect(await enter(at)).toEqual({ status: "continue" });
    expect(model.requests).toHaveLength(1);
    expect(await enter(at)).toEqual(GOOD);
    expect(model.requests).toHaveLength(2);
  });

  it("goes on after a service that was busy, at the same turn", async () => {
    let calls = 0;
    const model = scripted(() => {
      calls += 1;
      if (calls === 2) throw new StepError("Model.Throttled", "Slow down.");
      return calls === 1 ? look("x") : good;
    });
    const tools = toolbox();
    const at = scene({ model, tools });
    const error = await failureOf(enter(at));
    expect(error.name).toBe("Model.Throttled");
    expect(JSON.parse(error.message)).toMatchObject({ reason: "Slow down.", spend: { turns: 1 } });
    expect(await enter(at)).toEqual(GOOD);
    expect(tools.calls).toHaveLength(1);
    expect((await journalOf(at)).map(({ kind }) => kind)).toEqual([
      "started",
      "model",
      "tool",
      "stopped",
      "entered",
      "model",
      "done",
    ]);
  });

  it("goes on after a tool's function that was not reached, with the same id", async () => {
    const tools = toolbox({
      look: () => {
        if (tools.calls.length === 1)
          throw new StepError("Lambda.TooManyRequestsException", "later");
        return "found";
      },
    });
    const at = scene({ model: [look("x"), good], tools });
    expect((await failureOf(enter(at))).name).toBe("Lambda.TooManyRequestsException");
    expect(await enter(at)).toEqual(GOOD);
    expect(tools.calls.map(({ tool }) => tool.toolUseId)).toEqual(["call_1_1", "call_1_1"]);
  });

  it("keeps the results of calls that came back while another one failed", async () => {
    const tools = toolbox({
      look: async ({ at }) => {
        if (at === "bad" && tools.calls.length === 2)
          throw new StepError("Lambda.Unknown", "later");
        await new Promise((resolve) => setTimeout(resolve, 5));
        return "found";
      },
    });
    const at = scene({
      model: [
        {
          calls: [
            ["look", { at: "slow" }],
            ["look", { at: "bad" }],
          ],
        },
        good,
      ],
      tools,
    });
    expect((await failureOf(enter(at))).name).toBe("Lambda.Unknown");
    expect(await enter(at)).toEqual(GOOD);
    expect(tools.calls.map(({ input }) => input)).toEqual([
      { at: "slow" },
      { at: "bad" },
      { at: "bad" },
    ]);
  });

  it("takes over from one that is still at work, which then stops", async () => {
    let release: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ports = memoryPorts();
    const hanging = scene({
      ports,
      model: async () => {
        await slow;
        return good;
      },
    });
    const first = enter(hanging);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await enter(scene({ ports, model: [good] }))).toEqual(GOOD);
    release();
    expect((await failureOf(first)).name).toBe("Step.InProgress");
  });

  it("does not count the time in which it was not at work", async () => {
    const clock = handClock();
    const ports = { ...memoryPorts(), clock };
    const deadline = new Date(clock.now().getTime() + 3_000_000_000);
    const tools = toolbox({
      look: () => {
        clock.pass(250);
        return "found";
      },
    });
    const at = scene({ ports, tools, deadline, model: [look("x"), publish, look("y"), look("z")] });
    const asked = await enter(at);
    expect(asked).toMatchObject({ status: "awaitingApproval", toolUseId: "call_2_1" });
    // A person takes a week; then the agent works for longer than its 600 seconds.
    clock.pass(7 * 86_400);
    const error = await failureOf(enter(at, approvalOf("call_2_1")));
    expect(error.name).toBe("Agent.TimeLimit");
    expect(tools.calls.map(({ tool }) => tool.name)).toEqual(["look", "publish", "look", "look"]);
  });
});

describe("an artifact", () => {
  it("that is no object is submitted inside of one", async () => {
    const artifact = {
      $defs: { word: { type: "string" } },
      type: "array",
      items: { $ref: "#/$defs/word" },
    };
    const model = scripted([submit({ artifact: [7] }), submit({ artifact: ["a"] })]);
    const at = scene({ model, document: { artifact } });
    expect(await enter(at)).toEqual({ status: "done", output: ["a"] });
    const spec = model.requests[0]?.toolConfig?.tools.find(
      ({ toolSpec }) => toolSpec.name === "submit",
    );
    expect(spec?.toolSpec.inputSchema.json).toMatchObject({
      $defs: artifact.$defs,
      properties: { artifact: { type: "array" } },
    });
  });

  it("is the text where the model component says so", async () => {
    const model = scripted([{ text: '{"verdict":"good"}' }]);
    const document = { model: { ...AGENT.model, structuredOutput: "textFormat" as const } };
    expect(await enter(scene({ model, document }))).toEqual(GOOD);
    expect(model.requests[0]?.outputConfig?.textFormat.schema).toEqual(AGENT.artifact);
  });

  it("is asked for strictly where the model component says so", async () => {
    const model = scripted([good]);
    const document = { model: { ...AGENT.model, structuredOutput: "strictTool" as const } };
    await enter(scene({ model, document }));
    const strict = model.requests[0]?.toolConfig?.tools.filter(({ toolSpec }) => toolSpec.strict);
    expect(strict?.map(({ toolSpec }) => toolSpec.name)).toEqual(["submit"]);
  });
});
