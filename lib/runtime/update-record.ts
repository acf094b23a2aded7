/** Read, change, write under the condition that nobody else has written, and try again if somebody has. */
import { setTimeout as sleep } from "node:timers/promises";
import { ConditionFailed, StepError } from "./errors.ts";
import type { RecordItem, RecordKey, Records } from "./ports.ts";

/** What is to stand instead of what stands; `keep`: nothing is written. */
export type Change<T> =
  | { readonly write: Pick<RecordItem, "data" | "expiresAt">; readonly result: T }
  | { readonly keep: T };

export interface UpdateOptions {
  readonly records: Pick<Records, "get" | "put">;
  /** Ends the waiting between tries. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which it gives up. Default 60,000. */
  readonly patience?: number;
  /** What stood there when it was seen last: saves the first read, and is never the ground for `keep`. */
  readonly known?: RecordItem | undefined;
}

export interface Updated<T> {
  readonly result: T;
  /** What stands there now, as far as this process knows. */
  readonly item: RecordItem | undefined;
}

/** Milliseconds: about one conditional write. */
const FIRST_PAUSE = 8;
/** With a hundred writers, the last of them waits for about so long between two of its tries. */
const LONGEST_PAUSE = 800;

/**
 * Changes one item, however many write it at once: each round lets at least one writer through, and
 * pauses of random length (full jitter) keep the others from meeting again. `change` is called once a
 * try and must have no effect of its own. Throws `Step.InProgress` when `patience` is up, the signal's
 * reason, and what `change` throws.
 */
export async function updateRecord<T>(
  key: RecordKey,
  change: (standing: RecordItem | undefined) => Change<T>,
  { records, signal, patience = 60_000, known }: UpdateOptions,
): Promise<Updated<T>> {
  const giveUpAt = performance.now() + patience;
  let isFresh = known === undefined;
  let standing = known ?? (await records.get(key));
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    const changed = change(standing);
    if ("keep" in changed) {
      if (isFresh) return { result: changed.keep, item: standing };
      standing = await records.get(key);
      isFresh = true;
      continue;
    }
    try {
      const condition = standing ? { version: standing.version } : ({ absent: true } as const);
      const item = await records.put({ key, ...changed.write }, condition);
      return { result: changed.result, item };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      standing = error.standing;
    }
    if (!isFresh) {
      // What was known had aged: that is no sign of a crowd.
      isFresh = true;
      continue;
    }
    if (performance.now() >= giveUpAt) throw crowded(key, patience);
    const pause = Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries);
    await sleep(pause, undefined, signal ? { signal } : {});
    // What the refusal has brought along has aged by the pause; a short one is worth no read.
    if (pause > FIRST_PAUSE * 2) standing = await records.get(key);
  }
}

function crowded({ partition }: RecordKey, patience: number): StepError {
  return new StepError(
    "Step.InProgress",
    `Too many write "${partition}" at once: no turn came within ${patience / 1000} s. Retry after a while.`,
  );
}
