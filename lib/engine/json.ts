/** JSON values as the engine holds them: parsed once, shared, and never changed afterwards. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** A value that is there at once wherever possible: most expressions need no promise. */
export type Eventual<T> = T | Promise<T>;

export function isPromise<T>(value: Eventual<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && value instanceof Promise;
}

/** Continues with a value, without a promise when it is already there. Not named `then`: a module that exports that is taken for a promise. */
export function chain<T, U>(value: Eventual<T>, next: (value: T) => Eventual<U>): Eventual<U> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Maps in order, one after the other, so that the first error is the first in the document. */
export function eachInOrder<T, U>(
  items: readonly T[],
  visit: (item: T, index: number) => Eventual<U>,
): Eventual<U[]> {
  const results: U[] = [];
  for (let i = 0; i < items.length; i++) {
    const value = visit(items[i] as T, i);
    if (isPromise(value)) return continueInOrder(items, visit, results, value);
    results.push(value);
  }
  return results;
}

async function continueInOrder<T, U>(
  items: readonly T[],
  visit: (item: T, index: number) => Eventual<U>,
  results: U[],
  pending: Promise<U>,
): Promise<U[]> {
  results.push(await pending);
  for (let i = results.length; i < items.length; i++) results.push(await visit(items[i] as T, i));
  return results;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON type name that AWS uses in its messages. */
export function typeName(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

/** AWS refuses payloads whose JSON text is longer than 256 KiB in UTF-8. */
export const PAYLOAD_LIMIT = 262_144;

/** Whether the JSON text of a value is over the limit. Small values cost no serialisation. */
export function exceedsPayloadLimit(value: Json): boolean {
  if (upperBound(value, PAYLOAD_LIMIT) >= 0) return false;
  return Buffer.byteLength(JSON.stringify(value)) > PAYLOAD_LIMIT;
}

/** What is left of a budget after the largest text that this value could have; negative if none. */
function upperBound(value: Json, budget: number): number {
  if (typeof value === "string") return budget - 6 * value.length - 2;
  if (typeof value !== "object" || value === null) return budget - 25;
  let left = budget - 2;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      left = upperBound(item, left) - 1;
      if (left < 0) return left;
    }
    return left;
  }
  const object = value as JsonObject;
  for (const key in object) {
    left = upperBound(object[key] as Json, left - 6 * key.length - 4);
    if (left < 0) return left;
  }
  return left;
}
