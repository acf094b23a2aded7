/** A JSON value in a definition in which any string may be an expression. */
import { QueryFailure } from "../errors.ts";
import { chain, type Eventual, eachInOrder, type Json } from "../json.ts";
import { compileExpression, expressionIn } from "./expression.ts";
import type { Scope } from "./language.ts";

export interface Template {
  /** The value if it holds no expression, however deep. */
  readonly literal?: Json;
  evaluate(scope: Scope): Eventual<Json>;
}

/** `location` is how AWS names the place in its messages: `Arguments/Entries[0]/Detail`. */
export function compileTemplate(value: Json, location: string): Template {
  if (typeof value === "string") {
    const source = expressionIn(value);
    return source === undefined ? literal(value) : expression(source, location);
  }
  if (typeof value !== "object" || value === null) return literal(value);
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item, i) =>
      compileTemplate(item, `${location}[${i}]`),
    );
    if (items.every((item) => item.literal !== undefined)) return literal(value);
    return { evaluate: (scope) => eachInOrder(items, (item) => item.evaluate(scope)) };
  }
  const keys = Object.keys(value);
  const members = keys.map((key) =>
    compileTemplate((value as Readonly<Record<string, Json>>)[key] as Json, `${location}/${key}`),
  );
  if (members.every((member) => member.literal !== undefined)) return literal(value);
  return {
    evaluate: (scope) =>
      chain(
        eachInOrder(members, (member) => member.evaluate(scope)),
        (values) => {
          const object: Record<string, Json> = {};
          for (let i = 0; i < keys.length; i++) object[keys[i] as string] = values[i] as Json;
          return object;
        },
      ),
  };
}

function literal(value: Json): Template {
  return { literal: value, evaluate: () => value };
}

function expression(source: string, location: string): Template {
  const compiled = compileExpression(source, location);
  const defined = (value: Json | undefined): Json => {
    if (value !== undefined) return value;
    throw new QueryFailure(
      "States.QueryEvaluationError",
      `The JSONata expression '${source}' specified for the field '${location}' returned nothing (undefined).`,
      location,
    );
  };
  return { evaluate: (scope) => chain(compiled.evaluate(scope), defined) };
}
