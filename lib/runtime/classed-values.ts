/** Finds what a contract classes as sensitive (`x-data-class`) in a value that the contract describes. */
import type { Json, JsonObject } from "./json.ts";

/** Classes that anybody who reads logs may see; every other class is masked. */
const OPEN_CLASSES: ReadonlySet<string> = new Set(["public", "internal"]);

/** A text, number or truth value that a contract classes. */
export interface ClassedValue {
  readonly value: string | number | boolean;
  readonly class: string;
  /** The nearest name above it; null for one that has none. */
  readonly name: string | null;
  /** One of few values that the contract itself lists. */
  readonly isListed: boolean;
}

/** A reference to something stored, `$artifact` or `$stored`, as a contract describes it. */
export interface ClassedReference {
  readonly digest: string;
  /** Whether the contract says that anybody may see it; saying nothing is not enough. */
  readonly isOpen: boolean;
}

/** Parts of a schema that describe the same value as the schema itself. */
const ALTERNATIVES = ["anyOf", "oneOf", "allOf"] as const;
const CONDITIONS = ["if", "then", "else", "not"] as const;

/** The class that a schema gives what it describes; undefined if anybody may see that. */
export function classOf(schema: Json | undefined): string | undefined {
  if (!isObject(schema)) return undefined;
  const found = schema["x-data-class"];
  return typeof found === "string" && !OPEN_CLASSES.has(found) ? found : undefined;
}

/** Whether anything in a schema is classed. */
export function isClassed(schema: Json | undefined): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return classOf(schema) !== undefined || Object.values(schema).some(isClassed);
}

/**
 * Reports every classed leaf of `value`, keys of maps included. What lies under something classed has
 * its class. A value that breaks the contract is looked at as far as the contract describes it. Of a
 * reference to an artifact, digest and name are classed: size and media type are anybody's.
 */
export function findClassed(
  value: unknown,
  root: JsonObject | true,
  report: (found: ClassedValue) => void,
  refer: (found: ClassedReference) => void = () => undefined,
): void {
  if (root === true) return;
  walk(value, [root], { root, report, refer, class: undefined, isOpen: false, name: null });
}

interface Walk {
  readonly root: JsonObject;
  readonly report: (found: ClassedValue) => void;
  readonly refer: (found: ClassedReference) => void;
  readonly class: string | undefined;
  /** Whether something around it is said to be open. */
  readonly isOpen: boolean;
  readonly name: string | null;
}

function walk(value: unknown, schemas: readonly Json[], at: Walk): void {
  const visited = new Set<Json>();
  const all = schemas.flatMap((schema) => sameValue(schema, at.root, visited));
  const found = at.class ?? all.map(classOf).find((each) => each !== undefined);
  const isOpen = at.isOpen || all.some((each) => OPEN_CLASSES.has(String(each["x-data-class"])));
  if (Array.isArray(value)) {
    value.forEach((member, index) => {
      walk(
        member,
        all.flatMap((each) => itemSchemas(each, index)),
        { ...at, class: found, isOpen },
      );
    });
  } else if (typeof value === "object" && value !== null) {
    const digest = referenceIn(value);
    if (digest !== undefined) at.refer({ digest, isOpen: isOpen && found === undefined });
    for (const [key, member] of Object.entries(value)) {
      if (digest !== undefined && ABOUT_ARTIFACTS.has(key)) continue;
      const keyClass = found ?? all.map((each) => keyClassOf(each, key)).find(Boolean);
      const isData = digest === undefined && !all.some((each) => isDeclared(each, key));
      if (keyClass !== undefined && isData) {
        at.report({ value: key, class: keyClass, name: null, isListed: false });
      }
      const next = all.flatMap((each) => propertySchemas(each, key));
      walk(member, next, { ...at, class: found, isOpen, name: key });
    }
  } else if (found !== undefined && isLeaf(value)) {
    const isListed = all.some((each) => "enum" in each || "const" in each);
    at.report({ value, class: found, name: at.name, isListed });
  }
}

const ABOUT_ARTIFACTS: ReadonlySet<string> = new Set(["bytes", "mediaType"]);

function referenceIn(value: object): string | undefined {
  const { $artifact, $stored } = value as { $artifact?: unknown; $stored?: unknown };
  const digest = $artifact ?? $stored;
  return typeof digest === "string" ? digest : undefined;
}

function isLeaf(value: unknown): value is string | number | boolean {
  return (
    (typeof value === "string" && value !== "") ||
    typeof value === "number" ||
    typeof value === "boolean"
  );
}

/** The schema and all that it refers to or is composed of. */
function sameValue(schema: Json | undefined, root: JsonObject, visited: Set<Json>): JsonObject[] {
  if (!isObject(schema) || visited.has(schema)) return [];
  visited.add(schema);
  const composed = [
    ...ALTERNATIVES.flatMap((word) => listOf(schema[word])),
    ...CONDITIONS.map((word) => schema[word]),
    ...(isObject(schema.dependentSchemas) ? Object.values(schema.dependentSchemas) : []),
    ...["$ref", "$dynamicRef"].map((word) => resolve(schema[word], root)),
  ];
  return [schema, ...composed.flatMap((each) => sameValue(each, root, visited))];
}

function itemSchemas(
  { prefixItems, items, contains, unevaluatedItems }: JsonObject,
  index: number,
) {
  const own = listOf(prefixItems)[index] ?? items ?? unevaluatedItems;
  return [own, contains].filter((each) => each !== undefined);
}

function propertySchemas(schema: JsonObject, key: string): Json[] {
  const { properties, additionalProperties, unevaluatedProperties } = schema;
  const own = isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const matching = patternsOf(schema, key);
  const named = own === undefined ? matching : [own, ...matching];
  if (named.length > 0) return named;
  return [additionalProperties, unevaluatedProperties].filter((each) => each !== undefined);
}

function patternsOf({ patternProperties }: JsonObject, key: string): Json[] {
  if (!isObject(patternProperties)) return [];
  return Object.entries(patternProperties).flatMap(([pattern, schema]) =>
    matches(pattern, key) ? [schema] : [],
  );
}

/** A pattern that this engine cannot read may match anything. */
function matches(pattern: string, key: string): boolean {
  try {
    return new RegExp(pattern, "u").test(key);
  } catch {
    return true;
  }
}

function keyClassOf(schema: JsonObject, key: string): string | undefined {
  return isDeclared(schema, key) ? undefined : classOf(schema.propertyNames);
}

function isDeclared({ properties }: JsonObject, key: string): boolean {
  return isObject(properties) && Object.hasOwn(properties, key);
}

function resolve(reference: Json | undefined, root: JsonObject): Json | undefined {
  if (typeof reference !== "string") return undefined;
  let target: Json | undefined = root;
  for (const part of reference.replace(/^#\/?/, "").split("/")) {
    if (part === "") continue;
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(target)) target = target[Number(name)];
    else target = isObject(target) ? target[name] : undefined;
  }
  return target;
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
