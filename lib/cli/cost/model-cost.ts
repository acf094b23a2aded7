/** What models cost: by what recorded runs have used, and at most, by the limits of the plan. */
import type { Plan, PlannedFunction } from "../../compiler/plan.ts";
import type { AgentDocument, BudgetDocument } from "../../runtime/agent/agent-document.ts";
import { costOf, NO_CURRENCY } from "../../runtime/model/cost.ts";
import type { ModelStepDocument } from "../../runtime/model/model-step-document.ts";
import type { RunUsage } from "../../runtime/trace/run-usage.ts";
import { median } from "./recorded-runs.ts";

/** Amounts in millionths, by currency. */
export type Amounts = { readonly [currency: string]: number };

export interface ModelCost {
  /** Medians a run; null where no run was recorded that asked a model. */
  readonly recorded: RunUsage | null;
  /** No run costs more: `run` by the run's own limit; `steps` by those of its steps, maps and repeats once. */
  readonly bound: { readonly costs: Amounts; readonly by: "run" | "steps" };
}

type Asking = Extract<PlannedFunction, { readonly kind: "agent" | "model" }>;

/** Undefined for a workflow that asks no model. */
export function modelCost(plan: Plan, usages: readonly RunUsage[]): ModelCost | undefined {
  const asking = plan.functions.filter((each): each is Asking => asksModels(each));
  if (asking.length === 0) return undefined;
  return { recorded: usages.length === 0 ? null : medianUsage(usages), bound: boundOf(asking) };
}

function asksModels({ kind }: PlannedFunction): boolean {
  return kind === "agent" || kind === "model";
}

function boundOf(asking: readonly Asking[]): ModelCost["bound"] {
  const [first] = asking;
  const budget: BudgetDocument | undefined = first?.document.budget;
  if (budget && budget.run.cost !== null) {
    return { costs: { [budget.currency]: budget.run.cost }, by: "run" };
  }
  const costs: { [currency: string]: number } = {};
  for (const each of asking) {
    const { currency, step } = each.document.budget;
    const most = each.kind === "agent" ? agentBound(each.document) : modelBound(each.document);
    if (currency === NO_CURRENCY) continue;
    costs[currency] =
      (costs[currency] ?? 0) + Math.min(most, step.cost ?? Number.POSITIVE_INFINITY);
  }
  return { costs, by: "steps" };
}

function agentBound({ limits }: AgentDocument): number {
  return limits.cost;
}

/** The question and one repair, each with as much context as the model takes. */
function modelBound({ model, maxTokens }: ModelStepDocument): number {
  const turn = {
    inputTokens: model.contextTokens,
    outputTokens: Math.min(maxTokens, model.maxOutputTokens),
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
  };
  return 2 * costOf(turn, model.prices);
}

function medianUsage(usages: readonly RunUsage[]): RunUsage {
  const of = (count: (usage: RunUsage) => number) => median(usages.map(count));
  const currencies = new Set(usages.flatMap(({ costs }) => Object.keys(costs)));
  const answerers = usages.flatMap(({ answeredBy }) => answeredBy);
  return {
    calls: of(({ calls }) => calls),
    toolCalls: of(({ toolCalls }) => toolCalls),
    inputTokens: of(({ inputTokens }) => inputTokens),
    outputTokens: of(({ outputTokens }) => outputTokens),
    costs: Object.fromEntries(
      [...currencies].map((currency) => [currency, of(({ costs }) => costs[currency] ?? 0)]),
    ),
    answeredBy: [
      ...new Map(answerers.map((each) => [`${each.adapter} ${each.model}`, each])).values(),
    ],
  };
}
