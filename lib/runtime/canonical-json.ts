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
  if (Array.isArray(value)) {
    let items = "";
    for (const item of value) items += `${items === "" ? "" : ","}${canonicalJson(item)}`;
    return `[${items}]`;
  }
  let members = "";
  for (const name of Object.keys(value).sort()) {
    const text = canonicalJson(value[name] ?? null);
    members += `${members === "" ? "" : ","}${JSON.stringify(name)}:${text}`;
  }
  return `{${members}}`;
}

/** `sha256:` and 64 hex digits over the canonical text. */
export function digestOfJson(value: Json): string {
  return `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;
}
