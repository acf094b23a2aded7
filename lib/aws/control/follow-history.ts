/** The history of an execution on AWS, from its beginning or as it goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../runtime/control.ts";
import { runEvent } from "../../runtime/run-event.ts";
import { isLastEvent } from "../../runtime/run-snapshot.ts";
import type { AwsClients } from "../clients.ts";
import { readHistory } from "../executions.ts";
import type { HistoryEvent } from "../sfn-calls.ts";

export interface FollowOptions {
  readonly after: number;
  readonly follow: boolean;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds between looks; grows fivefold while nothing happens. Default 1000. */
  readonly pause?: number;
}

/** Events after `after`, in order; with `follow`, until the execution has ended or the signal aborts. */
export async function* followHistory(
  executionArn: string,
  client: AwsClients["sfn"],
  { after, follow, signal, pause = 1000 }: FollowOptions,
): AsyncGenerator<RunEvent> {
  let last = 0;
  let ended = false;
  const take = function* (event: HistoryEvent): Generator<RunEvent> {
    const id = event.id ?? 0;
    if (id <= last) return;
    last = id;
    ended = isLastEvent(event.type ?? "");
    if (id > after) yield runEvent(event);
  };
  for await (const event of readHistory(executionArn, client)) {
    if (signal?.aborted) return;
    yield* take(event);
  }
  for (let quiet = 0; follow && !ended; quiet += 1) {
    // A redrive adds to a history that had ended, but nobody waits for that.
    await sleep(pause * Math.min(5, 1 + quiet / 5), undefined, signal ? { signal } : {}).catch(
      () => undefined,
    );
    if (signal?.aborted) return;
    for (const event of await newerThan(last, executionArn, client)) {
      quiet = 0;
      yield* take(event);
    }
  }
}

/** Looks for a redrive in the history, some tenths of a second apart at first, then a second and more. */
const LOOKS = 5;

/**
 * Waits until the history of a redriven execution shows that it goes on: it lags, and whoever followed
 * it before would find the end of before. Gives up after some seconds without saying so.
 */
export async function untilGoesOn(executionArn: string, client: AwsClients["sfn"]): Promise<void> {
  for (let look = 1; look <= LOOKS; look += 1) {
    for await (const { type } of readHistory(executionArn, client, { newestFirst: true })) {
      if (!isLastEvent(type ?? "")) return;
      break;
    }
    await sleep(100 * 2 ** look);
  }
}

/** Read from the end, so that a long history is not read again each time. */
async function newerThan(
  last: number,
  executionArn: string,
  client: AwsClients["sfn"],
): Promise<readonly HistoryEvent[]> {
  const newer: HistoryEvent[] = [];
  for await (const event of readHistory(executionArn, client, { newestFirst: true })) {
    if ((event.id ?? 0) <= last) break;
    newer.push(event);
  }
  return newer.reverse();
}
