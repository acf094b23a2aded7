import type { Json } from "../json.ts";

/**
 * Whether a value holds what the step wrapper would take for a reference to a stored value, and load.
 * What a model writes must not be able to name one.
 */
export function holdsStoredValue(value: Json): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value) && Object.hasOwn(value, "$stored") && Object.hasOwn(value, "bytes")) {
    return true;
  }
  return Object.values(value).some(holdsStoredValue);
}
