/** A JSON value in a definition in which any string may be an expression. */
import { type Eventual, eachInOrder, isPromise, type Json } from "../json.ts";
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
    return source === undefined ? literal(value) : compileExpression(source, location);
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
  return objectOf(keys, members);
}

/** Evaluates the members in order; without a promise as long as none of them needs one. */
function objectOf(keys: readonly string[], members: readonly Template[]): Template {
  // A copy of this has all keys in their order and the literal members in place.
  const blank: Record<string, Json> = {};
  for (const [i, key] of keys.entries()) blank[key] = members[i]?.literal ?? null;
  const open = keys.flatMap((key, i) => {
    const member = members[i];
    return member === undefined || member.literal !== undefined ? [] : [{ key, member }];
  });
  return { evaluate: (scope) => fill({ ...blank }, open, 0, scope) };
}

interface Member {
  readonly key: string;
  readonly member: Template;
}

function fill(
  object: Record<string, Json>,
  members: readonly Member[],
  first: number,
  scope: Scope,
): Eventual<Json> {
  for (let i = first; i < members.length; i++) {
    const { key, member } = members[i] as Member;
    const value = member.evaluate(scope);
    if (isPromise(value)) {
      return value.then((got) => {
        object[key] = got;
        return fill(object, members, i + 1, scope);
      });
    }
    object[key] = value;
  }
  return object;
}

function literal(value: Json): Template {
  return { literal: value, evaluate: () => value };
}
