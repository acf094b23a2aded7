/** Which way a run went and how it ended, compared with its replay. */
import type { Json } from "../runtime/json.ts";
import { differencesOf } from "./differences.ts";
import { type ChainedEvent, openEvents } from "./open-events.ts";
import type { RecordedRun } from "./recorded-run.ts";
import type { End, PathChange, ReplayedEnd } from "./report.ts";

/** A run that was stopped, or ran out of time, was ended from outside: so is its replay. */
const FROM_OUTSIDE = new Set(["ABORTED", "TIMED_OUT"]);

export function endOf({ run, output }: RecordedRun): End {
  return { status: run.status, output, error: run.error?.name ?? null };
}

/** Of the two, no more than how they ended. */
export function compareEnds(before: End, now: End): ReplayedEnd {
  const only = ({ status, output, error }: End): End => ({ status, output, error });
  const recorded = only(before);
  const replayed = only(now);
  if (FROM_OUTSIDE.has(recorded.status) && replayed.status === "ABORTED") {
    return { recorded, replayed: recorded, isSame: true, differences: [] };
  }
  const differences = differencesOf(recorded as unknown as Json, replayed as unknown as Json);
  return { recorded, replayed, isSame: differences.length === 0, differences };
}

export function comparePaths(
  recorded: readonly ChainedEvent[],
  replayed: readonly ChainedEvent[],
): readonly PathChange[] {
  const before = countEntered(recorded);
  const now = countEntered(replayed);
  const states = new Set([...before.keys(), ...now.keys()]);
  return [...states]
    .map((state) => ({
      ...{ state, recorded: before.get(state) ?? 0, replayed: now.get(state) ?? 0 },
    }))
    .filter(({ recorded, replayed }) => recorded !== replayed);
}

function countEntered(events: readonly ChainedEvent[]): ReadonlyMap<string, number> {
  const open = openEvents(events);
  const counts = new Map<string, number>();
  for (const event of events) {
    if (open.has(event.id)) continue;
    const { stateEnteredEventDetails: entered } = event as {
      readonly stateEnteredEventDetails?: { readonly name: string };
    };
    if (entered) counts.set(entered.name, (counts.get(entered.name) ?? 0) + 1);
  }
  return counts;
}
