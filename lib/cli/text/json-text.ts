import type { Json } from "../../runtime/json.ts";
import { safeLines } from "./safe-text.ts";

/** JSON in several lines, safe to print on a terminal, and still JSON: what is unsafe is escaped. */
export function jsonText(value: Json): string {
  return safeLines(JSON.stringify(value, null, 2));
}

/** As `jsonText`, cut to so many lines; the last one then says how many are missing, and `rest`. */
export function jsonLines(value: Json, most: number, rest: string): string[] {
  const lines = jsonText(value).split("\n");
  return lines.length <= most
    ? lines
    : [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more lines: ${rest}`];
}

/** A JSON text of a run's history; what is no JSON (AWS cuts long texts) stays a string. */
export function parseOrText(text: string | null): Json {
  if (text === null) {
    return null;
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
