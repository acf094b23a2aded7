/** Expressions of checks. They are text that somebody wrote: they may be wrong, and may not end. */
import jsonata from "jsonata";
import { expressionCode } from "../../../manifest/expression.ts";
import type { Json } from "../../../runtime/json.ts";

/** A second, and no deeper nor longer than a check can need. */
const LIMITS = { timeout: 1_000, stack: 500, sequence: 1_000_000 };

/** What expressions see. */
export interface Seen {
  readonly output: Json;
  readonly input: Json;
  readonly end: { readonly status: string; readonly error: string | null };
  readonly steps: { readonly [id: string]: Json };
  readonly asked: { readonly [id: string]: Json };
}

/** An expression that failed, and how. */
export class ExpressionFailed extends Error {
  override readonly name = "ExpressionFailed";
}

/**
 * The value of `{% … %}`; undefined if it yields nothing. Throws `ExpressionFailed`. A regular
 * expression that does not end is not stopped here: the thread's owner ends the thread.
 */
export async function evaluate(text: string, seen: Seen): Promise<Json | undefined> {
  try {
    const expression = jsonata(expressionCode(text), LIMITS);
    const value: unknown = await expression.evaluate(undefined, { ...seen, eval: undefined });
    // Takes off the marks that jsonata leaves on its arrays; functions are nothing.
    const plain = JSON.stringify(value) as string | undefined;
    return plain === undefined ? undefined : (JSON.parse(plain) as Json);
  } catch (thrown) {
    const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
    if (code === "D1012") throw new ExpressionFailed("the expression did not end within a second");
    throw new ExpressionFailed(`the expression failed: ${String(message ?? thrown)}`);
  }
}
