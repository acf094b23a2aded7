/** Paging through items in key order: the same for every adapter that has to do it itself. */
import type { RecordKey, RecordQuery } from "./ports.ts";
import { compareSortKeys } from "./record-rules.ts";

/** Where an item stands in a partition: by `sort`, and items of one sort key by their own key. */
export interface Place {
  readonly sort: string;
  readonly key: RecordKey;
}

/** Places of the query from where the page before ended, in its order. Throws `RangeError` on a bad query. */
export function placesOf<T extends Place>(all: readonly T[], query: RecordQuery): T[] {
  const { prefix = "", order = "ascending", after } = query;
  const direction = order === "ascending" ? 1 : -1;
  const from = after === undefined ? undefined : readCursor(after);
  return all
    .filter(({ sort }) => sort.startsWith(prefix))
    .filter((place) => !from || comparePlaces(place, from) * direction > 0)
    .sort((a, b) => comparePlaces(a, b) * direction);
}

/** Items a page. Throws `RangeError`. */
export function pageSizeOf({ limit = 100 }: RecordQuery): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new RangeError(`A page has 1 to 1000 items, found ${limit}.`);
}

/** What `after` takes to go on behind this place. */
export function cursorOf({ sort, key }: Place): string {
  return Buffer.from(JSON.stringify([sort, key.partition, key.sort])).toString("base64url");
}

/** Reads what `cursorOf` made. Throws `RangeError` for anything else. */
export function readCursor(text: string): Place {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (Array.isArray(parts) && parts.every((part) => typeof part === "string")) {
      const [sort, partition, own] = parts;
      if (sort !== undefined && partition !== undefined && own !== undefined) {
        return { sort, key: { partition, sort: own } };
      }
    }
  } catch {
    // Falls through to the one message for all that is no cursor.
  }
  throw new RangeError("`after` takes the `next` of the page before, and nothing else.");
}

function comparePlaces(a: Place, b: Place): number {
  return (
    compareSortKeys(a.sort, b.sort) ||
    compareSortKeys(a.key.partition, b.key.partition) ||
    compareSortKeys(a.key.sort, b.key.sort)
  );
}
