/**
 * What is known of a value before it exists: a JSON Schema, read so far as it says something for
 * sure. What a schema leaves open stays open, so that nothing is reported that might yet be right.
 */
import type { Json, JsonObject } from "../../runtime/json.ts";

export interface Shape {
  readonly schema: JsonObject | true;
  /** Where `#/…` references lead into. */
  readonly root: JsonObject | true;
  /** The value may also be null: its step may be skipped. */
  readonly nullable?: boolean;
}

export type Type = "null" | "boolean" | "number" | "string" | "array" | "object";

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const shapeOf = (schema: JsonObject | true): Shape => ({ schema, root: schema });

/** Follows references; undefined where nothing is known. */
export function resolved(shape: Shape | undefined): JsonObject | undefined {
  let schema: Json | undefined = shape?.schema;
  for (let hops = 0; hops < 32 && isObject(schema) && typeof schema.$ref === "string"; hops++) {
    if (
      Object.keys(schema).some((key) => !["$ref", "$defs", "description", "title"].includes(key))
    ) {
      return undefined;
    }
    schema = pointed(shape?.root, schema.$ref);
  }
  return isObject(schema) ? schema : undefined;
}

function pointed(root: JsonObject | true | undefined, reference: string): Json | undefined {
  if (!reference.startsWith("#")) return undefined;
  let at: Json | undefined = root;
  for (const part of reference.slice(1).split("/").filter(Boolean)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) ? at[key] : undefined;
  }
  return at;
}

const within = (shape: Shape, schema: Json | undefined): Shape | undefined =>
  isObject(schema) ? { schema, root: shape.root } : undefined;

/** The alternatives of `anyOf` and `oneOf`, or the shape itself. */
export function alternatives(shape: Shape): readonly Shape[] {
  const schema = resolved(shape);
  const several = schema?.anyOf ?? schema?.oneOf;
  if (!Array.isArray(several)) return [shape];
  return several.flatMap((one) => {
    const alternative = within(shape, one);
    return alternative ? alternatives(alternative) : [{ schema: true, root: shape.root } as const];
  });
}

function typeOf(value: Json): Type {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as Type;
}

/** JSON types that the value can have; undefined if it can have any. Integers count as numbers. */
export function typesOf(shape: Shape | undefined): ReadonlySet<Type> | undefined {
  if (shape === undefined) return undefined;
  const types = new Set<Type>(shape.nullable ? ["null"] : []);
  for (const one of alternatives(shape)) {
    const schema = resolved(one);
    if (schema === undefined || schema.allOf) return undefined;
    if (schema["x-artifact"] === true) return undefined;
    if ("const" in schema) types.add(typeOf(schema.const ?? null));
    else if (Array.isArray(schema.enum)) for (const value of schema.enum) types.add(typeOf(value));
    else if (schema.type !== undefined) {
      for (const type of [schema.type].flat())
        types.add((type === "integer" ? "number" : type) as Type);
    } else return undefined;
  }
  return types;
}

/** Keys that an object of this shape can have, if no others are possible. */
export function closedKeys(schema: JsonObject): readonly string[] | undefined {
  const closed = schema.additionalProperties === false && schema.patternProperties === undefined;
  if (!closed || schema.allOf || schema.anyOf || schema.oneOf || schema.$ref) return undefined;
  return Object.keys(isObject(schema.properties) ? schema.properties : {});
}

/** `absent`: no value of this shape has such a field. */
export type Member = { readonly shape: Shape | undefined } | { readonly absent: readonly string[] };

/** A field of an object, or of each object of a list, as JSONata's paths go. */
export function member(shape: Shape | undefined, name: string): Member {
  if (shape === undefined) return { shape: undefined };
  const found: (Shape | undefined)[] = [];
  const known: string[] = [];
  for (const one of alternatives(shape)) {
    const schema = resolved(one);
    const types = typesOf({ ...one, nullable: false });
    if (schema === undefined || types === undefined || schema["x-artifact"] === true) {
      return { shape: undefined };
    }
    if (types.has("array")) {
      const items = within(one, schema.items);
      const inner = items ? member(items, name) : { shape: undefined };
      // A list's fields come as a list, or alone if there is but one: the shape is open.
      if ("shape" in inner) found.push(undefined);
      else known.push(...inner.absent);
    }
    if (!types.has("object")) continue;
    const property = isObject(schema.properties) ? schema.properties[name] : undefined;
    if (property !== undefined) found.push(within(one, property));
    else {
      const keys = closedKeys(schema);
      if (keys === undefined) found.push(undefined);
      else known.push(...keys);
    }
  }
  if (found.length === 0) return { absent: [...new Set(known)] };
  return { shape: found.length === 1 && !shape.nullable ? found[0] : undefined };
}

/** Items of a list; undefined where not known. */
export function itemsOf(shape: Shape | undefined): Shape | undefined {
  if (shape === undefined) return undefined;
  const schema = resolved(shape);
  return schema?.type === "array" && !schema.prefixItems ? within(shape, schema.items) : undefined;
}

export const listOf = (items: Shape | undefined): Shape | undefined =>
  items && {
    schema: { type: "array", items: items.schema === true ? {} : items.schema },
    root: items.root,
  };
