/** Why a step was not the same again. */
import type { Json } from "../runtime/json.ts";
import { isReordered } from "./differences.ts";
import type { Use } from "./guard/protocol.ts";
import type { Cause } from "./report.ts";

/** Functions of expressions whose value is another each time. */
const UNSTEADY: readonly (readonly [source: "clock" | "random", name: string])[] = [
  ["clock", "now"],
  ["clock", "millis"],
  ["random", "random"],
  ["random", "uuid"],
];

/** Of a request: an expression that asks for the time or for chance, else what came before. */
export function requestCause(stateText: string | undefined, isFirst: boolean): Cause {
  for (const [source, name] of UNSTEADY) {
    if (stateText?.includes(`$${name}(`)) {
      return { source, what: `$${name}() in an expression`, at: null };
    }
  }
  const what = isFirst
    ? "its request is another: an expression, or a step before it, gives another value"
    : "its request is another, as a step before it has differed";
  return { source: "request", what, at: null };
}

/** Of an answer, given what the code has used and what its result was found to depend on. */
export function answerCause(
  recorded: Json,
  replayed: Json,
  { uses, depends }: { readonly uses: readonly Use[]; readonly depends: readonly Use[] },
  against: boolean,
): Cause {
  const [found] = depends;
  if (found) return found;
  if (against) {
    return { source: "bundle", what: "its code, or a file that it reads, is another", at: null };
  }
  if (isReordered(recorded, replayed)) {
    return { source: "order", what: "the same values in another order", at: null };
  }
  // Files of the bundle are read by most steps; only what is in another order speaks for that.
  const used = uses.find(({ source }) => source !== "order");
  if (used) return { ...used, what: `${used.what}, perhaps: nothing else from outside was used` };
  const what = "nothing from outside was used; the code ran under other circumstances";
  return { source: "unknown", what: `${what} (Node.js, memory of earlier calls)`, at: null };
}
