/** Whether a value of one shape can ever be right where another is expected. */
import { nearest } from "../../manifest/nearest.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { alternatives, closedKeys, isObject, resolved, type Shape, typesOf } from "./shape.ts";

export interface Misfit {
  readonly code: "ESP410" | "ESP411" | "ESP412";
  readonly message: string;
  readonly hint?: string;
}

const MAX_DEPTH = 8;

/** Required keys of a schema. */
export const requiredKeys = (schema: JsonObject): readonly string[] =>
  Array.isArray(schema.required) ? schema.required.map(String) : [];

export function property(shape: Shape, schema: JsonObject, key: string): Shape | undefined {
  const value = isObject(schema.properties) ? schema.properties[key] : undefined;
  return isObject(value) ? { schema: value, root: shape.root } : undefined;
}

export const some = (types: Iterable<string>): string => [...types].sort().join(" or ");

/**
 * The first reason why no value of shape `source` satisfies `target`; undefined if one might. Where
 * either leaves something open, it might. Messages start with what stands at `where`.
 */
export function misfit(
  source: Shape | undefined,
  target: Shape | undefined,
  where: string,
  depth = 0,
): Misfit | undefined {
  if (source === undefined || target === undefined || depth > MAX_DEPTH) return undefined;
  const found = typesOf(source);
  const wanted = typesOf(target);
  if (found === undefined || wanted === undefined) return undefined;
  if (![...found].some((type) => wanted.has(type))) {
    return {
      code: "ESP412",
      message: `${where} is ${some(found)}, but ${some(wanted)} is expected`,
    };
  }
  if (source.nullable || alternatives(source).length > 1 || alternatives(target).length > 1) {
    return undefined;
  }
  const from = resolved(source);
  const to = resolved(target);
  if (from === undefined || to === undefined || found.size > 1) return undefined;
  if (found.has("object")) return objectMisfit(source, from, target, to, where, depth);
  if (found.has("array") && isObject(from.items) && isObject(to.items)) {
    const items = { schema: from.items, root: source.root };
    return misfit(items, { schema: to.items, root: target.root }, `an item of ${where}`, depth + 1);
  }
  return valueMisfit(from, to, where);
}

/** Two fixed sets of values that have none in common. */
function valueMisfit(from: JsonObject, to: JsonObject, where: string): Misfit | undefined {
  const fixed = (schema: JsonObject) =>
    "const" in schema
      ? [schema.const ?? null]
      : Array.isArray(schema.enum)
        ? schema.enum
        : undefined;
  const has = fixed(from);
  const wants = fixed(to);
  if (has === undefined || wants === undefined) return undefined;
  const possible = new Set(wants.map((value) => JSON.stringify(value)));
  if (has.some((value) => possible.has(JSON.stringify(value)))) return undefined;
  const list = (values: readonly unknown[]) =>
    values
      .slice(0, 6)
      .map((value) => JSON.stringify(value))
      .join(", ");
  return {
    code: "ESP412",
    message: `${where} is ${list(has)}, but only ${list(wants)} is allowed`,
  };
}

function objectMisfit(
  source: Shape,
  from: JsonObject,
  target: Shape,
  to: JsonObject,
  where: string,
  depth: number,
): Misfit | undefined {
  const has = closedKeys(from);
  for (const key of requiredKeys(to)) {
    if (has !== undefined && !has.includes(key)) {
      const near = nearest(key, has);
      return {
        code: "ESP410",
        message: `${where} has no "${key}", which is required`,
        hint: near
          ? `It has "${near}".`
          : `It has ${has.map((name) => `"${name}"`).join(", ") || "nothing"}.`,
      };
    }
  }
  const allowed = closedKeys(to);
  for (const key of requiredKeys(from)) {
    if (allowed !== undefined && !allowed.includes(key)) {
      const near = nearest(key, allowed);
      return {
        code: "ESP411",
        message: `${where} has "${key}", which is not allowed there`,
        hint: near ? `Did you mean "${near}"?` : `Allowed are ${allowed.join(", ") || "no keys"}.`,
      };
    }
  }
  for (const key of requiredKeys(from)) {
    const found = misfit(
      property(source, from, key),
      property(target, to, key),
      `${where}.${key}`,
      depth + 1,
    );
    if (found) return found;
  }
  return undefined;
}
