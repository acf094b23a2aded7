/**
 * The functions that Step Functions adds to JSONata.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import { createHash, randomUUID } from "node:crypto";
import type { Json } from "../json.ts";

/** Splits an array into arrays of at most `size` items. */
export function partition(array: readonly Json[], size: number): Json[] {
  const chunks: Json[] = [];
  const step = Math.max(1, Math.floor(size));
  for (let i = 0; i < array.length; i += step) chunks.push(array.slice(i, i + step));
  return chunks;
}

/** `first`, `first + step` and so on, `last` included where the steps meet it. */
export function range(first: number, last: number, step: number): number[] {
  const values: number[] = [];
  if (step > 0) for (let value = first; value <= last; value += step) values.push(value);
  if (step < 0) for (let value = first; value >= last; value += step) values.push(value);
  return values;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

export const HASH_ALGORITHMS = Object.keys(ALGORITHMS);

/** The hexadecimal digest of a text, or of a value's JSON text. Undefined: no such algorithm. */
export function hash(data: Json, algorithm: string): string | undefined {
  const name = ALGORITHMS[algorithm];
  if (name === undefined) return undefined;
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return createHash(name).update(text).digest("hex");
}

/** A number from 0 up to 1; the same one for the same seed (the generator of java.util.Random). */
export function random(seed?: number): number {
  if (seed === undefined) return Math.random();
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(Math.trunc(seed)) ^ 0x5deece66dn) & mask;
  const next = (bits: bigint): bigint => {
    state = (state * 0x5deece66dn + 0xbn) & mask;
    return state >> (48n - bits);
  };
  return Number((next(26n) << 27n) + next(27n)) / 2 ** 53;
}

export function uuid(): string {
  return randomUUID();
}
