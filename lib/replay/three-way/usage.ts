/** What models have used in a step, as it was and as it would be. */
import type { Plan } from "../../compiler/plan.ts";
import { SUBMIT } from "../../runtime/agent/agent-state.ts";
import { costOf, inputTokensOf } from "../../runtime/model/cost.ts";
import type { ModelDocument, Usage as Tokens } from "../../runtime/model/model.ts";
import { ANSWER_TOOL } from "../../runtime/model/structured-output.ts";
import type { RunJournals, StepJournal } from "../../runtime/trace/run-journals.ts";
import { usageOfStep } from "../../runtime/trace/usage.ts";
import type { ObservedReply } from "../observer.ts";
import type { Usage } from "./three-way.ts";

const NONE: Usage = { turns: 0, toolCalls: 0, inputTokens: 0, outputTokens: 0, costs: {} };

/** Of the run, from its journals. */
export function recordedUsage(journal: StepJournal | undefined): Usage {
  if (!journal) return NONE;
  const { calls, toolCalls, inputTokens, outputTokens, costs } = usageOfStep(journal);
  return { turns: calls, toolCalls, inputTokens, outputTokens, costs };
}

/** The same answers at the prices of a bundle; null prices: as they were. */
export function repricedUsage(
  journal: StepJournal | undefined,
  prices: ModelDocument["prices"] | undefined,
): Usage {
  const usage = recordedUsage(journal);
  if (!journal || !prices || usage.turns === 0) return usage;
  const answers: readonly Tokens[] =
    journal.kind === "model"
      ? journal.answers.map(({ reply }) => reply.usage)
      : journal.entries.flatMap((entry) => (entry.kind === "model" ? [entry.usage] : []));
  const cost = answers.reduce((sum, each) => sum + costOf(each, prices), 0);
  return { ...usage, costs: { [prices.currency]: cost } };
}

/** Of answers that the replay was given. */
export function repliedUsage(replies: readonly ObservedReply[]): Usage {
  // An answer that is given again, to another attempt, was paid for once.
  const answers = new Map(replies.map((each) => [each.reply, each]));
  return [...answers.values()].map(usageOfReply).reduce(addUsage, NONE);
}

function usageOfReply({ reply: { usage, content }, model: { prices } }: ObservedReply): Usage {
  const uses = content.filter(
    (block) => "toolUse" in block && ![SUBMIT, ANSWER_TOOL].includes(block.toolUse.name),
  );
  return {
    turns: 1,
    toolCalls: uses.length,
    inputTokens: inputTokensOf(usage),
    outputTokens: usage.outputTokens,
    costs: { [prices.currency]: costOf(usage, prices) },
  };
}

export function addUsage(a: Usage, b: Usage): Usage {
  const costs = { ...a.costs };
  for (const [currency, cost] of Object.entries(b.costs)) {
    costs[currency] = (costs[currency] ?? 0) + cost;
  }
  return {
    turns: a.turns + b.turns,
    toolCalls: a.toolCalls + b.toolCalls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costs,
  };
}

export function totalUsage(all: readonly Usage[]): Usage {
  return all.reduce(addUsage, NONE);
}

/** The prices of the model that a step asks, by the plan. */
export function pricesOf(
  { functions }: Pick<Plan, "functions">,
  step: string,
): ModelDocument["prices"] | undefined {
  const found = functions.find((each) => each.step === step);
  return found?.kind === "agent" || found?.kind === "model"
    ? found.document.model.prices
    : undefined;
}

export function journalAt(
  { steps }: RunJournals,
  place: { readonly step: string; readonly iteration: string },
): StepJournal | undefined {
  return steps.find(({ step, iteration }) => step === place.step && iteration === place.iteration);
}
