/**
 * What a model may be shown. Fields whose contract classes them (`x-data-class`) outside of the
 * model's clearance are taken out before a prompt is rendered; where a schema has alternatives, one
 * that classes a field is enough, whether or not it is the one that fits.
 */
import type { Json, JsonObject } from "../json.ts";

export interface Cleared {
  readonly value: Json;
  /** What was taken out: places without values, for the log and the run's record. */
  readonly removed: readonly Removal[];
}

export interface Removal {
  /** `.customer.email`, `.notes[2]`; `(all)` for the value itself. */
  readonly path: string;
  readonly class: string;
}

/**
 * A copy of `value` without what `schema` classes as anything that `clearance` does not name.
 * Properties and list entries disappear; if the whole value is classed, it becomes null. Unclassed
 * fields stay.
 */
export function clear(
  value: Json,
  schema: JsonObject | true,
  clearance: readonly string[],
): Cleared {
  if (schema === true) return { value, removed: [] };
  const removed: Removal[] = [];
  const kept = walk(value, [schema], "", { root: schema, clearance, removed });
  return { value: kept === undefined ? null : kept, removed };
}

interface Walk {
  readonly root: JsonObject;
  readonly clearance: readonly string[];
  readonly removed: Removal[];
}

/** The value that stays; undefined if nothing does. */
function walk(value: Json, schemas: readonly Json[], path: string, at: Walk): Json | undefined {
  const all = applicable(schemas, at.root);
  const found = all.map(classOf).find((name) => name !== undefined && !at.clearance.includes(name));
  if (found !== undefined) {
    at.removed.push({ path: path === "" ? "(all)" : path, class: found });
    return undefined;
  }
  if (typeof value !== "object" || value === null || all.length === 0) return value;
  if (Array.isArray(value)) {
    return value
      .map((item, index) =>
        walk(
          item,
          all.flatMap((s) => itemSchemas(s, index)),
          `${path}[${index}]`,
          at,
        ),
      )
      .filter((item) => item !== undefined);
  }
  // fromEntries, because assigning a member named `__proto__` would lose it.
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const kept = walk(
        member,
        all.flatMap((s) => memberSchemas(s, key)),
        placeOf(path, key),
        at,
      );
      return kept === undefined ? [] : [[key, kept] as const];
    }),
  );
}

/** Keywords whose schemas are about the same value. */
const LISTS = ["allOf", "anyOf", "oneOf"] as const;
const SINGLE = ["then", "else"] as const;

/** The schemas and all that they are composed of or refer to, each once. */
function applicable(schemas: readonly Json[], root: JsonObject): JsonObject[] {
  const found = new Set<JsonObject>();
  const waiting = [...schemas];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!isObject(next) || found.has(next)) continue;
    found.add(next);
    for (const word of LISTS) {
      const list = next[word];
      if (Array.isArray(list)) waiting.push(...list);
    }
    for (const word of SINGLE) if (isObject(next[word])) waiting.push(next[word]);
    if (isObject(next.dependentSchemas)) waiting.push(...Object.values(next.dependentSchemas));
    if (typeof next.$ref === "string") waiting.push(target(next.$ref, root) ?? null);
  }
  return [...found];
}

function memberSchemas(schema: JsonObject, key: string): Json[] {
  const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema;
  const found: Json[] = [];
  if (isObject(properties) && Object.hasOwn(properties, key)) found.push(properties[key] ?? true);
  for (const [pattern, each] of Object.entries(
    isObject(patternProperties) ? patternProperties : {},
  )) {
    if (new RegExp(pattern, "u").test(key)) found.push(each);
  }
  if (found.length === 0) found.push(additionalProperties ?? true);
  return [...found, unevaluatedProperties ?? true];
}

function itemSchemas(schema: JsonObject, index: number): Json[] {
  const { prefixItems, items, contains, unevaluatedItems } = schema;
  const own = Array.isArray(prefixItems) ? prefixItems[index] : undefined;
  return [own ?? items ?? true, contains ?? true, unevaluatedItems ?? true];
}

function classOf(schema: JsonObject): string | undefined {
  const found = schema["x-data-class"];
  return typeof found === "string" ? found : undefined;
}

/** What `#`, `#/…` or `#anchor` names in the same document. */
function target(reference: string, root: JsonObject): Json | undefined {
  if (!reference.startsWith("#")) return undefined;
  if (reference !== "#" && !reference.startsWith("#/")) {
    return anchored(reference.slice(1), root, new Set());
  }
  let found: Json | undefined = root;
  for (const part of reference.split("/").slice(1)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    found =
      typeof found === "object" && found !== null && Object.hasOwn(found, key)
        ? (found as JsonObject)[key]
        : undefined;
  }
  return found;
}

function anchored(name: string, schema: Json, seen: Set<Json>): Json | undefined {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return undefined;
  seen.add(schema);
  if (isObject(schema) && schema.$anchor === name) return schema;
  for (const member of Object.values(schema)) {
    const found = anchored(name, member, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function placeOf(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
