/** Which events of a history are open: what they stand for need not happen again the same way. */

/** Of `lib/engine` or of a recorded history. */
export interface ChainedEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
}

interface Structure {
  readonly around: Structure | undefined;
  hasFailed: boolean;
}

const FAILED = new Set([
  "MapStateFailed",
  "MapStateAborted",
  "ParallelStateFailed",
  "ParallelStateAborted",
]);
const ENDED = /^(?:Map|Parallel)State(Succeeded|Failed|Aborted)$/;

/**
 * Ids of all events inside of a map or a parallel that has failed. Where one iteration or branch fails,
 * the others are given up, and how far they had come by then is an accident of timing.
 */
export function openEvents(events: readonly ChainedEvent[]): ReadonlySet<number> {
  // The rule: most runs have none, and need not be looked at more closely.
  if (!events.some(({ type }) => FAILED.has(type))) return new Set();
  const inside = new Map<number, Structure | undefined>();
  for (const { id, previousEventId, type } of events) {
    const from = inside.get(previousEventId);
    const end = ENDED.exec(type)?.[1];
    if (type === "MapStateStarted" || type === "ParallelStateStarted") {
      inside.set(id, { around: from, hasFailed: false });
    } else if (end !== undefined) {
      if (from && end !== "Succeeded") from.hasFailed = true;
      inside.set(id, from?.around);
    } else {
      inside.set(id, from);
    }
  }
  const open = new Set<number>();
  for (const [id, structure] of inside) {
    for (let each = structure; each !== undefined; each = each.around) {
      if (each.hasFailed) open.add(id);
    }
  }
  return open;
}
