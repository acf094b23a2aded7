/** Results of tools as texts, of which parts can be shown. */
import type { Json, JsonObject } from "../json.ts";

/** A text as it is, all else as JSON: positions in it are what `read_result` counts by. */
export function resultText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export interface TextPart {
  readonly text: string;
  readonly from: number;
  /** Where the next part begins; the length of the whole at its end. */
  readonly to: number;
  readonly of: number;
}

/** From a position on, as much as has at most `bytes` bytes as a JSON text; characters stay whole. */
export function partOf(whole: string, from: number, bytes: number): TextPart {
  const start = Math.min(from, whole.length);
  let end = Math.min(whole.length, start + bytes);
  while (end > start && jsonBytes(whole.slice(start, end)) > bytes) {
    const excess = jsonBytes(whole.slice(start, end)) / bytes;
    end = start + Math.floor((end - start) / Math.max(excess, 1.01));
  }
  if (end < whole.length && isHighSurrogate(whole, end - 1) && end - 1 > start) end -= 1;
  // However small the budget: reading goes on.
  if (end === start && start < whole.length) end = start + (isHighSurrogate(whole, start) ? 2 : 1);
  return { text: whole.slice(start, end), from: start, to: end, of: whole.length };
}

export function jsonBytes(value: Json | JsonObject): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function isHighSurrogate(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0xd800 && code <= 0xdbff;
}
