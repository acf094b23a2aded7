import { createHash } from "node:crypto";
import type { Json } from "./json.ts";

/**
 * One text for one value: members in the order of their names (by UTF-16 units), no white space,
 * numbers and texts as ECMAScript writes them. That is RFC 8785 (JSON Canonicalization Scheme).
 * Throws `RangeError` for numbers that JSON cannot write.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`JSON cannot write ${value}.`);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`);
  return `{${members.join(",")}}`;
}

/** `sha256:` and 64 hex digits over the canonical text. */
export function digestOfJson(value: Json): string {
  return `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;
}
