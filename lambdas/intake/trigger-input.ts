/** The input that a trigger's expressions make of what happened. */
import jsonata from "jsonata";
import type { Json } from "../../lib/runtime/json.ts";

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

/** What an expression cannot say, or that does not come to an end. */
export class TriggerInputError extends Error {
  override readonly name = "TriggerInputError";
}

/** Milliseconds that all expressions of one trigger may take. */
const LIMIT_MS = 2_000;

/** Evaluates each `{% … %}` inside of the template. Throws `TriggerInputError`. */
export async function triggerInput(template: Json, event: Json): Promise<Json> {
  const until = performance.now() + LIMIT_MS;
  return fill(template, event, until, "input");
}

async function fill(template: Json, event: Json, until: number, place: string): Promise<Json> {
  if (typeof template === "string") {
    const source = EXPRESSION.exec(template)?.[1];
    return source === undefined ? template : evaluate(source, event, until, place);
  }
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) {
    return Promise.all(
      template.map((member, index) => fill(member, event, until, `${place}[${index}]`)),
    );
  }
  const members = Object.entries(template).map(async ([key, member]): Promise<[string, Json]> => {
    return [key, await fill(member, event, until, `${place}.${key}`)];
  });
  return Object.fromEntries(await Promise.all(members));
}

async function evaluate(source: string, event: Json, until: number, place: string): Promise<Json> {
  const expression = jsonata(source);
  expression.registerFunction("parse", (text: string) => JSON.parse(text) as Json);
  // Called at each step of the evaluation.
  const check = () => {
    if (performance.now() > until) throw new Error(`it takes longer than ${LIMIT_MS / 1000} s`);
  };
  expression.assign(Symbol.for("jsonata.__evaluate_entry") as unknown as string, check);
  let result: unknown;
  try {
    result = await expression.evaluate({}, { event });
  } catch (error) {
    const why = (error as { readonly message?: unknown }).message ?? error;
    throw new TriggerInputError(`{%${source}%} at ${place} fails: ${String(why)}`);
  }
  if (result === undefined) {
    throw new TriggerInputError(`{%${source}%} at ${place} returned nothing for this event.`);
  }
  // Lists of JSONata's carry marks of its own.
  return JSON.parse(JSON.stringify(result)) as Json;
}
