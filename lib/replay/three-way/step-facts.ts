/** How a step ended, how long it took, and what models have used in it. */
import type { RecordedCall } from "../../runtime/recorded-calls.ts";
import type { Found, PairedRun } from "./pair-steps.ts";
import { placeText, type SideStep } from "./side.ts";
import type { Aspect, Sides, StepFacts } from "./three-way.ts";
import { journalAt, pricesOf, recordedUsage, repliedUsage, repricedUsage } from "./usage.ts";

type FactsOf = Pick<PairedRun, "recorded" | "observed" | "current">;

/** Of the run, from its history and journals. */
export function recordedFacts(
  { kind, outcome, durationMs, step, iteration }: SideStep,
  calls: readonly RecordedCall[],
  { recorded: { journals } }: FactsOf,
): StepFacts {
  const took = calls.map(({ answer, askedAt }) => (answer ? answer.at - askedAt : null));
  return {
    outcome,
    durationMs: kind === "wait" ? durationMs : sumKnown(took),
    usage: recordedUsage(journalAt(journals, { step, iteration })),
  };
}

/** Of the replay: what is recorded counts where the same was asked. */
export function replayedFacts(
  { kind, outcome, durationMs, step, iteration }: SideStep,
  { recorded: { journals }, observed, current }: FactsOf,
): StepFacts {
  const place = placeText({ step, iteration });
  const calls = observed.calls.get(place) ?? [];
  const replies = observed.replies.get(place) ?? [];
  const isOpen = calls.some((call) => call.step.verdict === "needs live");
  const usage =
    replies.length > 0
      ? repliedUsage(replies)
      : repricedUsage(journalAt(journals, { step, iteration }), pricesOf(current.plan, step));
  return {
    outcome,
    durationMs: kind === "wait" ? durationMs : sumKnown(calls.map((call) => call.durationMs)),
    usage: isOpen ? null : usage,
  };
}

/** Null as soon as one is not known, or where there is nothing. */
function sumKnown(values: readonly (number | null)[]): number | null {
  if (values.length === 0) return null;
  return values.reduce<number | null>(
    (sum, each) => (sum === null || each === null ? null : sum + each),
    0,
  );
}

/** Where both are known, and differ. */
export function factsFound({ old, current }: Sides<StepFacts | null>): readonly Found[] {
  const numbers = (aspect: Aspect, name: string, a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined || a === b
      ? []
      : [{ aspect, path: [name], old: a, current: b }];
  const [a, b] = [old?.usage ?? undefined, current?.usage ?? undefined];
  const currencies = new Set([...Object.keys(a?.costs ?? {}), ...Object.keys(b?.costs ?? {})]);
  const cost = (usage: typeof a, currency: string) => usage && (usage.costs[currency] ?? 0);
  return [
    ...numbers("turns", "turns", a?.turns, b?.turns),
    ...numbers("turns", "toolCalls", a?.toolCalls, b?.toolCalls),
    ...numbers("tokens", "inputTokens", a?.inputTokens, b?.inputTokens),
    ...numbers("tokens", "outputTokens", a?.outputTokens, b?.outputTokens),
    ...[...currencies].flatMap((name) => numbers("cost", name, cost(a, name), cost(b, name))),
    ...numbers("duration", "ms", old?.durationMs ?? undefined, current?.durationMs ?? undefined),
  ];
}
