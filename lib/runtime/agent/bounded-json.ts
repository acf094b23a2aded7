/** Values from outside (a model, a tool) as JSON that can be stored, measured and sent on. */
import type { Json } from "../json.ts";

export type Bounded =
  | { readonly ok: true; readonly value: Json; readonly bytes: number }
  /** Why the value is not taken. */
  | { readonly ok: false; readonly problem: string };

/** Deep enough for documents; services and recursive code stop far later. */
const MAX_DEPTH = 100;

/**
 * A copy with nothing in it but JSON: what JSON cannot say becomes null or disappears, and halves of
 * surrogate pairs become U+FFFD, because UTF-8 and so the wire cannot express them. Members may have
 * any name, `__proto__` too: they are members like others.
 */
export function boundedJson(value: unknown, maxBytes: number): Bounded {
  const depth = depthProblem(value);
  if (depth !== undefined) return { ok: false, problem: depth };
  let text: string;
  try {
    text = (JSON.stringify(value) as string | undefined) ?? "null";
  } catch {
    return { ok: false, problem: "it cannot be written as JSON (a cycle, or a BigInt)" };
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    return { ok: false, problem: `it has ${bytes} bytes as JSON, and may have ${maxBytes}` };
  }
  return { ok: true, value: JSON.parse(wellFormed(text)) as Json, bytes };
}

function depthProblem(root: unknown): string | undefined {
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      // Not spread: a list may be longer than a call may have arguments.
      for (const member of Object.values(value)) {
        if (typeof member === "object" && member !== null) next.push(member);
      }
    }
    level = next;
  }
  return undefined;
}

/** JSON.stringify escapes a surrogate only where its other half is missing. */
function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(/\\(?:u(d[89a-f][0-9a-f]{2})|.)/g, (escaped, half: string | undefined) =>
    half === undefined ? escaped : "\\ufffd",
  );
}
