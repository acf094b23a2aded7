/** What models and agents have used: calls, tokens, money; and who answered. */
import { SUBMIT } from "../agent/agent-state.ts";
import type { JournalEntry } from "../agent/journal-entry.ts";
import { inputTokensOf, NO_CURRENCY } from "../model/cost.ts";
import type { ModelReply, Usage } from "../model/model.ts";
import type { RunJournals, StepJournal } from "./run-journals.ts";
import type { AnsweredBy, RunUsage } from "./run-usage.ts";

/** Of one step, or of one iteration of it. */
export interface StepUsage extends RunUsage {
  /** Times that a person was asked. */
  readonly questions: number;
  /** Times that it went on in another call of its function. */
  readonly reentries: number;
  /** Tool calls that came to an error. */
  readonly toolErrors: number;
  /** The model's last one; null if there was none. */
  readonly stopReason: string | null;
}

interface Answer {
  readonly usage: Usage;
  readonly cost: number;
  readonly answeredBy: ModelReply["answeredBy"] | null;
  readonly stopReason: string;
}

export function usageOfStep(journal: StepJournal): StepUsage {
  const answers = answersOf(journal);
  const entries: readonly JournalEntry[] = journal.kind === "agent" ? journal.entries : [];
  const tools = entries.flatMap((entry) =>
    entry.kind === "tool" && entry.tool !== SUBMIT ? [entry] : [],
  );
  const count = (kind: JournalEntry["kind"]) =>
    entries.filter((entry) => entry.kind === kind).length;
  const currency = currencyOf(journal);
  const cost = sum(answers.map((answer) => answer.cost));
  return {
    calls: answers.length,
    toolCalls: tools.length,
    toolErrors: tools.filter(({ result }) => result.status === "error").length,
    inputTokens: sum(answers.map(({ usage }) => inputTokensOf(usage))),
    outputTokens: sum(answers.map(({ usage }) => usage.outputTokens)),
    costs: currency === undefined || currency === NO_CURRENCY ? {} : { [currency]: cost },
    questions: count("asked"),
    reentries: count("entered"),
    stopReason: answers.at(-1)?.stopReason ?? null,
    answeredBy: distinct(answers.flatMap(({ answeredBy }) => answeredBy ?? [])),
  };
}

/** Of a whole run. */
export function usageOfRun({ steps }: Pick<RunJournals, "steps">): RunUsage {
  return totalUsage(steps.map(usageOfStep));
}

export function totalUsage(usages: readonly RunUsage[]): RunUsage {
  const costs: { [currency: string]: number } = {};
  for (const usage of usages) {
    for (const [currency, cost] of Object.entries(usage.costs)) {
      costs[currency] = (costs[currency] ?? 0) + cost;
    }
  }
  return {
    calls: sum(usages.map(({ calls }) => calls)),
    toolCalls: sum(usages.map(({ toolCalls }) => toolCalls)),
    inputTokens: sum(usages.map(({ inputTokens }) => inputTokens)),
    outputTokens: sum(usages.map(({ outputTokens }) => outputTokens)),
    costs,
    answeredBy: distinct(usages.flatMap(({ answeredBy }) => answeredBy)),
  };
}

function answersOf(journal: StepJournal): readonly Answer[] {
  return journal.kind === "agent"
    ? journal.entries.flatMap((entry) => (entry.kind === "model" ? [entry] : []))
    : journal.answers.map(({ reply, cost }) => ({ ...reply, cost }));
}

function currencyOf(journal: StepJournal): string | undefined {
  if (journal.kind === "model") return journal.answers[0]?.currency ?? undefined;
  const started = journal.entries.find((entry) => entry.kind === "started");
  return started?.currency;
}

function distinct(all: readonly AnsweredBy[]): AnsweredBy[] {
  const known = new Map(
    all.map(({ adapter, model }) => [`${adapter} ${model}`, { adapter, model }]),
  );
  return [...known.values()];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
