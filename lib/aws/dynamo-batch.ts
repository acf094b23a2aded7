/** Many deletions in few calls, of which DynamoDB may do only a part at a time. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordKey } from "../runtime/ports.ts";
import type { WriteRequest } from "./dynamo-calls.ts";
import { keyAttributes } from "./dynamo-item.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH = 25;

/** Calls in a row for one batch. What is left then is not urgent: whoever deletes may do it again. */
const ROUNDS = 6;

type Requests = Record<string, WriteRequest[]>;

export interface BatchWorld {
  send(requests: Requests): Promise<{ readonly UnprocessedItems?: Requests | undefined }>;
  readonly table: string;
}

/**
 * What DynamoDB leaves undone (its answer is then no error, so the SDK does not try again) is sent
 * again after a random pause, at most 2^n × 50 ms. Throws an `Error` if something is left after six
 * calls.
 */
export async function deleteBatches(
  keys: readonly RecordKey[],
  { send, table }: BatchWorld,
): Promise<void> {
  // DynamoDB refuses a batch that names one item twice.
  const distinct = new Map(keys.map((key) => [JSON.stringify([key.partition, key.sort]), key]));
  const requests = [...distinct.values()].map((key) => ({
    DeleteRequest: { Key: keyAttributes(key) },
  }));
  for (let start = 0; start < requests.length; start += BATCH) {
    let left: WriteRequest[] = requests.slice(start, start + BATCH);
    for (let round = 1; left.length > 0; round += 1) {
      const { UnprocessedItems } = await send({ [table]: left });
      left = UnprocessedItems?.[table] ?? [];
      if (left.length === 0) break;
      if (round === ROUNDS) {
        throw new Error(`DynamoDB left ${left.length} deletions undone in ${ROUNDS} calls.`);
      }
      await sleep(Math.random() * 50 * 2 ** round);
    }
  }
}
