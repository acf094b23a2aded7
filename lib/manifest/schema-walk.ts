/** Where a JSON Schema 2020-12 holds further schemas (core, applicator, unevaluated, validation, content). */
import type { Json } from "./values.ts";

export type SchemaObject = { [key: string]: Json };

const SCHEMA = [
  "additionalProperties",
  "contains",
  "contentSchema",
  "else",
  "if",
  "items",
  "not",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
] as const;
const LIST = ["allOf", "anyOf", "oneOf", "prefixItems"] as const;
const MAP = [
  "$defs",
  "definitions",
  "dependentSchemas",
  "patternProperties",
  "properties",
] as const;
const OTHER = [
  ..."$anchor $comment $dynamicAnchor $dynamicRef $id $ref $schema $vocabulary const".split(" "),
  ..."contentEncoding contentMediaType default dependentRequired deprecated description".split(" "),
  ..."enum examples exclusiveMaximum exclusiveMinimum format maxContains maxItems".split(" "),
  ..."maxLength maxProperties maximum minContains minItems minLength minProperties".split(" "),
  ..."minimum multipleOf pattern readOnly required title type uniqueItems writeOnly".split(" "),
];

/** Every keyword that means something; `x-…` are ours and anybody's own. */
export const KEYWORDS: readonly string[] = [...SCHEMA, ...LIST, ...MAP, ...OTHER];

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Copies a schema, each of its schemas passed through `change` (inner ones first). */
export function mapSchemas(
  schema: Json,
  change: (schema: SchemaObject, path: readonly (string | number)[]) => Json,
  path: readonly (string | number)[] = [],
): Json {
  if (!isSchemaObject(schema)) return schema;
  const copy: SchemaObject = { ...schema };
  const inner = (value: Json, ...more: (string | number)[]) =>
    mapSchemas(value, change, [...path, ...more]);
  for (const key of SCHEMA) {
    const value = copy[key];
    if (value !== undefined) copy[key] = inner(value, key);
  }
  for (const key of LIST) {
    const value = copy[key];
    if (Array.isArray(value)) copy[key] = value.map((item, index) => inner(item, key, index));
  }
  for (const key of MAP) {
    const value = copy[key];
    if (!isSchemaObject(value)) continue;
    copy[key] = Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, inner(item, key, name)]),
    );
  }
  return change(copy, path);
}
