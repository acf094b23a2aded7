import { describe, expect, it } from "vitest";
import { StepError } from "../../../lib/runtime/errors.ts";
import { flipSwitch } from "../../../lib/runtime/switch/switch.ts";
import {
  enter,
  failureOf,
  journalOf,
  LOOK,
  memoryPorts,
  PUBLISH,
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

const flip = (off: boolean, tool: string | null = null) => ({
  workflow: "w",
  tool,
  off,
  by: "ann@example.com",
  reason: "drill",
});

describe("the switch", () => {
  it("is felt at the next call of a tool, and the model is told why", async () => {
    const ports = memoryPorts();
    const model = scripted([look("x"), look("y"), good]);
    const tools = toolbox({
      look: async () => {
        await flipSwitch(flip(true, "look"), ports);
        return "found";
      },
    });
    expect(await enter(scene({ model, tools, ports }))).toEqual(GOOD);
    expect(tools.calls).toHaveLength(1);
    expect(JSON.stringify(model.requests[2])).toContain("drill");
  });

  it("keeps an approved call from happening; a redrive makes it happen later", async () => {
    const ports = memoryPorts();
    const tools = toolbox();
    const at = scene({ model: [publish, good], tools, ports });
    await enter(at);
    await flipSwitch(flip(true), ports);
    expect((await failureOf(enter(at, approvalOf("call_1_1")))).name).toBe("Tools.Disabled");
    await flipSwitch(flip(false), ports);
    expect(await enter(at, approvalOf("call_1_1"))).toEqual(GOOD);
    expect(tools.calls.map(({ tool }) => tool.name)).toEqual(["publish"]);
  });

  it("keeps people from being asked for what cannot be done", async () => {
    const ports = memoryPorts();
    await flipSwitch(flip(true), ports);
    expect(await enter(scene({ model: [publish, good], ports }))).toEqual(GOOD);
  });
});

const WHY = { category: "risk", reason: "Looked at." };

describe("an approval", () => {
  it("is asked for with the exact call and the reasons, again the same if asked again", async () => {
    const at = scene({ model: [look("x"), publish] });
    const asked = await enter(at);
    expect(asked).toEqual({
      status: "awaitingApproval",
      toolUseId: "call_2_1",
      evidence: {
        agent: "scout",
        tool: "publish",
        description: PUBLISH.description,
        effect: "write",
        arguments: { text: "a", secret: "[masked]" },
        argumentsDigest: expect.stringMatching(/^sha256:/) as string,
        reasons: "It is ready.",
        answeredBy: expect.any(String) as string,
        turn: 2,
        spend: {
          turns: 2,
          inputTokens: 200,
          outputTokens: 40,
          cost: 1200,
          currency: "USD",
          toolCalls: 2,
        },
      },
    });
    expect(await enter(at)).toEqual(asked);
  });

  it.each([
    ["approved", approvalOf("call_1_1", WHY)],
    [
      "rejected",
      {
        status: "rejected",
        toolUseId: "call_1_1",
        cause: JSON.stringify({ approval: "a-1", ...WHY }),
      },
    ],
  ] as const)(
    "leaves in the journal why it was %s, and what that is filed under",
    async (_, back) => {
      const model = scripted([publish, good]);
      const at = scene({ model });
      await enter(at);
      await enter(at, back);
      const entries = await journalOf(at);
      expect(entries.find(({ kind }) => kind === "decision")).toMatchObject({
        verdict: back.status,
        ...WHY,
      });
      if (back.status === "rejected") {
        expect(JSON.stringify(model.requests.at(-1))).toContain("Reason: risk: Looked at.");
      }
    },
  );

  it("comes after the other calls of the turn, and is executed once though decided twice", async () => {
    const tools = toolbox();
    const both = { calls: [...publish.calls, ...look("x").calls] };
    let calls = 0;
    const model = scripted(() => {
      calls += 1;
      if (calls === 2) throw new StepError("Model.Unavailable", "later");
      return calls === 1 ? both : good;
    });
    const at = scene({ model, tools });
    await enter(at);
    expect(tools.calls.map(({ tool }) => tool.name)).toEqual(["look"]);
    const decision = approvalOf("call_1_1");
    expect((await failureOf(enter(at, decision))).name).toBe("Model.Unavailable");
    expect(await enter(at, decision)).toEqual(GOOD);
    expect(tools.calls.map(({ tool }) => tool.name)).toEqual(["look", "publish"]);
  });

  it("stands while nobody knows whether its call has come through", async () => {
    const tools = toolbox({
      publish: () => {
        if (tools.calls.length === 1) throw new Error("connect ECONNRESET");
        return { receipt: 1 };
      },
    });
    const at = scene({ model: [publish, good], tools });
    await enter(at);
    const error = await failureOf(enter(at, approvalOf("call_1_1")));
    expect(error.name).toBe("Step.Failed");
    expect(JSON.parse(error.message)).toMatchObject({ reason: "Error: connect ECONNRESET" });
    expect(await enter(at, approvalOf("call_1_1"))).toEqual(GOOD);
    expect(tools.calls.map(({ tool }) => tool.toolUseId)).toEqual(["call_1_1", "call_1_1"]);
  });

  it("may be asked for a tool that only reads", async () => {
    const approve = { policy: "approvals/look.yaml", tools: ["look"] };
    const at = scene({ model: [look("x"), good], document: { approve, tools: [LOOK] } });
    expect(await enter(at)).toMatchObject({ status: "awaitingApproval" });
  });
});

describe("a rate", () => {
  it("is waited for while that is short, and told to the model when it is long", async () => {
    const rate = (seconds: number) => ({
      tools: [{ ...LOOK, rate: { calls: 1, seconds } }],
    });
    const short = toolbox();
    const answers = [look("x"), look("y"), good];
    await enter(scene({ model: answers, tools: short, document: rate(1) }));
    expect(short.calls).toHaveLength(2);
    const long = toolbox();
    const model = scripted(answers);
    expect(await enter(scene({ model, tools: long, document: rate(3600) }))).toEqual(GOOD);
    expect(long.calls).toHaveLength(1);
    expect(JSON.stringify(model.requests[2])).toContain("Tool.RateLimited");
  });
});
