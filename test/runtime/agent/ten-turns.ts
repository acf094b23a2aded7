/** An agent of ten turns, with parallel calls and one approved write, to be killed on the way. */
import type { AgentResume, Tools } from "../../../lib/runtime/agent/agent-call.ts";
import { invokeTool } from "../../../lib/runtime/agent/invoke-tool.ts";
import { step, z } from "../../../lib/runtime/index.ts";
import type { StepPorts } from "../../../lib/runtime/invoke-step.ts";
import type { Model } from "../../../lib/runtime/model/model.ts";
import { type Answer, agentCall, LOOK, PUBLISH, replyOf, submit } from "./agent-scene.ts";

const LARGE = "large ".repeat(8000);

/** Ten turns. What is answered depends on what was said, as with a model, and on nothing else. */
export const TURNS: readonly Answer[] = [
  { text: "First I look around.", calls: ["a", "b", "c"].map((at) => ["look", { at }] as const) },
  { calls: [["look", { at: "large" }]] },
  { calls: [["read_result", { reference: "call_2_1", from: 9000 }]] },
  {
    calls: [
      ["look", { at: 1 }],
      ["unknown", {}],
    ],
  },
  { text: "This is not what anybody asked for." },
  {
    text: "Both are right, so I publish.",
    calls: [
      ["look", { at: "d" }],
      ["publish", { text: "hello" }],
      ["look", { at: "e" }],
    ],
  },
  {
    calls: [
      ["look", { at: "f" }],
      ["look", { at: "g" }],
    ],
  },
  submit({ verdict: "perhaps" }),
  { calls: [["look", { at: "h" }]] },
  submit({ verdict: "good", quote: "large" }),
];

const CAPS = { cost: 1_000_000, inputTokens: 100_000, outputTokens: 50_000 };
export const DOCUMENT = {
  tools: [LOOK, { ...PUBLISH, rate: { calls: 1, seconds: 3600 } }],
  budget: { currency: "USD", run: CAPS, step: CAPS },
};
export const CALL = agentCall();

/** `onCall`: hears of each call that reaches the model. */
export function tenTurns(onCall: () => void): Model {
  return {
    async converse(request) {
      onCall();
      const turn = request.messages.filter(({ role }) => role === "assistant").length;
      return replyOf(TURNS[turn] ?? { text: "" });
    },
  };
}

/** What a write goes to: knows idempotency keys, and does a thing once for each. */
export type Press = (key: string, text: string) => void | Promise<void>;

/** Functions of tools in the wrapper of steps. `holder`: the process that they live and die with. */
export function tenTurnsTools(press: Press, holder: string, ports: StepPorts): Tools {
  const look = step({
    input: z.object({ at: z.string() }),
    output: z.object({ found: z.string() }),
    run: ({ at }) => ({ found: at === "large" ? LARGE : `${at}!` }),
  });
  const publish = step({
    input: z.object({ text: z.string() }),
    output: z.object({ receipt: z.string() }),
    async run({ text }, { idempotencyKey }) {
      await press(idempotencyKey, text);
      return { receipt: `receipt of ${text}` };
    },
  });
  return {
    call(_name, call) {
      const isEffectful = call.tool.name === "publish";
      return invokeTool(isEffectful ? publish : look, call, ports, {
        effect: isEffectful ? "write" : "read",
        deadline: new Date(Date.now() + 60_000),
        readFile: async () => undefined,
        writeLine: () => undefined,
        holder,
        isGone: (other) => other !== holder,
        patience: 0,
      });
    },
  };
}

/** A person says yes. */
export function approvalOf(
  toolUseId: string,
  why: { readonly reason: string | null; readonly category: string | null } = {
    reason: null,
    category: null,
  },
): AgentResume {
  const person = {
    approval: "a-1",
    verdict: "approved",
    by: "ann@example.com",
    ...why,
  } as const;
  return {
    status: "approved",
    toolUseId,
    approval: { ...person, at: "2026-01-01T00:00:00.000Z" },
  };
}
