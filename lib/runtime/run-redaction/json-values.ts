/** JSON of which nothing is known. */
import type { Json, JsonObject } from "../json.ts";

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined for what is no JSON text. */
export function parse(text: unknown): Json | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The value at a path of names; of a list, those of all its items. */
export function at(value: Json | undefined, path: string): Json | undefined {
  let found = value;
  for (const part of path.split(".")) {
    if (Array.isArray(found)) return found.map((each) => at(each, part) ?? null);
    found = isObject(found) ? found[part] : undefined;
  }
  return found;
}
