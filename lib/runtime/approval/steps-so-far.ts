import type { RunEvent } from "../control.ts";
import { type TimelineStep, timeline } from "../timeline.ts";
import type { TimelineEntry } from "./evidence.ts";

/** The last ones of a long run: what came before an approval, not all there was. */
const MOST = 100;

/** What a run has done before it asks somebody, as evidence tells it: steps that have ended, in order. */
export function stepsSoFar(
  events: readonly RunEvent[],
  steps: readonly TimelineStep[],
): readonly TimelineEntry[] {
  return timeline(events, steps)
    .filter(({ endedAt, outcome }) => endedAt !== null && outcome !== "skipped")
    .slice(-MOST)
    .map(({ step, iteration, outcome, endedAt }) => ({
      step: iteration === "" ? step : `${step} [${iteration}]`,
      outcome,
      at: endedAt,
    }));
}
