import { describe, expect, it } from "vitest";
import { modelCost } from "../../../lib/cli/cost/model-cost.ts";
import type { Plan, PlannedFunction } from "../../../lib/compiler/plan.ts";
import type { AgentDocument, BudgetDocument } from "../../../lib/runtime/agent/agent-document.ts";
import type { ModelStepDocument } from "../../../lib/runtime/model/model-step-document.ts";
import type { RunUsage } from "../../../lib/runtime/trace/run-usage.ts";
import { AGENT } from "../../runtime/agent/agent-scene.ts";

const base = { step: null, timeout: 60, memory: 512, effect: "none", permissions: [] } as const;
const budget = (run: number | null, step: number | null): BudgetDocument => ({
  currency: "USD",
  run: { cost: run, inputTokens: null, outputTokens: null },
  step: { cost: step, inputTokens: null, outputTokens: null },
});
const agent = (change: Partial<AgentDocument> = {}): PlannedFunction => ({
  ...{ ...base, name: "scout", kind: "agent", document: { ...AGENT, ...change } },
});
/** 100,000 tokens at 3 USD and 1,000 at 15 USD a million, twice: 630,000 millionths. */
const document: ModelStepDocument = {
  model: { ...AGENT.model, contextTokens: 100_000 },
  prompt: AGENT.prompt,
  ...{ input: true, output: null, cache: null, maxTokens: 1000, standIn: null },
  budget: budget(null, null),
};
const model: PlannedFunction = { ...base, name: "sort", kind: "model", document };
const task: PlannedFunction = { ...base, name: "look", kind: "task", entry: "code/look.ts" };
const plan = (...functions: PlannedFunction[]) => ({ functions }) as unknown as Plan;

const used = (calls: number, cost: number): RunUsage => ({
  ...{ calls, toolCalls: 1, inputTokens: 100 * calls, outputTokens: 10 * calls },
  ...{ costs: { USD: cost }, answeredBy: [{ adapter: "stand-in", model: "stand-in" }] },
});

describe("what models cost", () => {
  it("is nothing to tell of where none is asked", () => {
    expect(modelCost(plan(task), [])).toBeUndefined();
  });

  it.each<[string, PlannedFunction[], ReturnType<typeof modelCost>]>([
    [
      "an agent's own limit",
      [task, agent()],
      { recorded: null, bound: { costs: { USD: 2_000_000 }, by: "steps" } },
    ],
    [
      "a full context, asked twice",
      [model],
      { recorded: null, bound: { costs: { USD: 630_000 }, by: "steps" } },
    ],
    [
      "the sum over steps, each within its limit",
      [agent({ budget: budget(null, 500_000) }), model],
      { recorded: null, bound: { costs: { USD: 1_130_000 }, by: "steps" } },
    ],
    [
      "the limit of the run",
      [agent({ budget: budget(300_000, null) }), model],
      { recorded: null, bound: { costs: { USD: 300_000 }, by: "run" } },
    ],
  ])("is at most %s", (_, functions, expected) => {
    expect(modelCost(plan(...functions), [])).toEqual(expected);
  });

  it("is the median of what runs have used", () => {
    const usages = [used(2, 100), used(9, 900), used(3, 200)];
    expect(modelCost(plan(agent()), usages)?.recorded).toEqual(used(3, 200));
  });
});
