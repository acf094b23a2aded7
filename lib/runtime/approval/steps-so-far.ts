import type { ApprovalCall } from "../call.ts";
import type { TimelineRow } from "../timeline.ts";
import type { TimelineEntry } from "./evidence.ts";

/**
 * What a run has done before it asks somebody, as evidence tells it. May throw: a request is made all the
 * same, and says that the steps could not be read.
 */
export type StepsSoFar = (
  call: Pick<ApprovalCall, "run" | "step">,
) => Promise<readonly TimelineEntry[]>;

/** The last ones of a long run: what came before an approval, not all there was. */
const MOST = 100;

/** The steps that have ended, in order. */
export function endedSteps(rows: readonly TimelineRow[]): readonly TimelineEntry[] {
  return rows
    .filter(({ endedAt, outcome }) => endedAt !== null && outcome !== "skipped")
    .slice(-MOST)
    .map(({ step, iteration, outcome, endedAt }) => ({
      step: iteration === "" ? step : `${step} [${iteration}]`,
      outcome,
      at: endedAt,
    }));
}
