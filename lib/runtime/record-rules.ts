import { ConditionFailed } from "./errors.ts";
import type { Condition, RecordItem, RecordKey } from "./ports.ts";

/** Limits of a DynamoDB table's keys, in bytes of UTF-8. */
const LIMITS = { partition: 2048, sort: 1024 } as const;

/**
 * Refuses keys that one of the adapters could not store: empty, longer than 2048 (partition) or 1024
 * (sort) bytes, or with half of a surrogate pair, which UTF-8 cannot express. Throws `RangeError`.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export function checkRecordKey(key: RecordKey): void {
  for (const part of ["partition", "sort"] as const) {
    const value = key[part];
    const limit = LIMITS[part];
    if (value === "") throw new RangeError(`The ${part} key is empty; it needs at least 1 byte.`);
    const bytes = Buffer.byteLength(value);
    if (bytes > limit) {
      throw new RangeError(`The ${part} key has ${bytes} bytes; it may have ${limit}.`);
    }
    if (/\p{Surrogate}/u.test(value)) {
      throw new RangeError(
        `The ${part} key has half of a surrogate pair; it must be valid Unicode.`,
      );
    }
  }
}

/** Order of sort keys: by their UTF-8 bytes, as DynamoDB orders strings. */
export function compareSortKeys(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A DynamoDB item may have 400 KB with its names and keys; the rest is left for those. */
export const MAX_RECORD_BYTES = 380 * 1024;

/** Refuses an item that is too large for a table, given its data as JSON text. Throws `RangeError`. */
export function checkRecordSize(json: string): void {
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_RECORD_BYTES) return;
  throw new RangeError(
    `The item has ${bytes} bytes of JSON; it may have ${MAX_RECORD_BYTES}. Store large values as artifacts.`,
  );
}

/** Whether the item is past its time: then nobody gets to see it. */
export function isExpired(item: { readonly expiresAt?: number }, now: Date): boolean {
  return item.expiresAt !== undefined && item.expiresAt * 1000 <= now.getTime();
}

/**
 * Throws `ConditionFailed` unless the condition holds for what stands there now (expired: nothing).
 */
export function checkCondition(
  key: RecordKey,
  condition: Condition | undefined,
  standing: RecordItem | undefined,
): void {
  if (!condition) return;
  const expected = "absent" in condition ? undefined : condition.version;
  if (standing?.version === expected) return;
  const place = `${key.partition} / ${key.sort}`;
  const wanted = expected === undefined ? "nothing" : `version ${expected}`;
  const found = standing ? `version ${standing.version}` : "nothing";
  throw new ConditionFailed(`${place}: expected ${wanted}, found ${found}.`, standing);
}
