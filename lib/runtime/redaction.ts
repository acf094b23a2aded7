/**
 * Masks what a contract classes as sensitive (`.meta({ "x-data-class": "secret" })`) in log lines and
 * error messages: every property of a marked name, and every text in which a marked value occurs.
 */
import type { StepContract } from "./contract.ts";
import type { Json, JsonObject } from "./json.ts";

/** Classes that anybody who reads logs may see; every other class is masked. */
const OPEN_CLASSES: ReadonlySet<string> = new Set(["public", "internal"]);

/**
 * Values shorter than this are masked as words of their own, but not inside of words: the text would
 * become unreadable, and would betray the value by its gaps.
 */
const SHORTEST_INSIDE = 4;

export interface Redactor {
  text(text: string): string;
  /** A copy as JSON, masked; what is not JSON is written as text. */
  value(value: unknown): Json;
}

/** Masks nothing. */
export const plain: Redactor = { text: (text) => text, value: (value) => mask(value, noMarks) };

interface Marks {
  /** Property name → class. */
  readonly names: Map<string, string>;
  /** Value as text → class. */
  readonly values: Map<string, string>;
}

const noMarks: Marks = { names: new Map(), values: new Map() };

/** A redactor for what a step has been given and has returned so far. */
export function makeRedactor(
  contract: StepContract,
  seen: readonly { readonly side: keyof StepContract; readonly value: unknown }[],
): Redactor {
  const marks: Marks = { names: new Map(), values: new Map() };
  for (const side of ["input", "output"] as const) collectNames(contract[side], marks);
  if (marks.names.size === 0 && !isMarked(contract)) return plain;
  for (const { side, value } of seen) {
    collectValues(value, contract[side], contract[side], undefined, marks);
  }
  return { text: (text) => maskText(text, marks), value: (value) => mask(value, marks) };
}

function isMarked({ input, output }: StepContract): boolean {
  return JSON.stringify([input, output]).includes('"x-data-class"');
}

function classOf(schema: Json | undefined): string | undefined {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return undefined;
  const found = schema["x-data-class"];
  return typeof found === "string" && !OPEN_CLASSES.has(found) ? found : undefined;
}

/** Names of marked properties, wherever in the schema they are declared. */
function collectNames(schema: Json, marks: Marks): void {
  if (typeof schema !== "object" || schema === null) return;
  if (!Array.isArray(schema) && isObject(schema.properties)) {
    for (const [name, property] of Object.entries(schema.properties)) {
      const found = classOf(property);
      if (found !== undefined) marks.names.set(name, found);
    }
  }
  for (const member of Object.values(schema)) collectNames(member, marks);
}

function collectValues(
  value: unknown,
  schema: Json | undefined,
  root: JsonObject,
  inherited: string | undefined,
  marks: Marks,
): void {
  const schemas = alternatives(schema, root, new Set());
  const marked = inherited ?? schemas.map(classOf).find((found) => found !== undefined);
  if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const next = schemas.flatMap((each) => memberSchemas(each, key, Array.isArray(value)));
      collectValues(member, { anyOf: next }, root, marked, marks);
    }
  } else if (marked !== undefined && value !== undefined && value !== null && value !== "") {
    if (typeof value !== "boolean") marks.values.set(String(value), marked);
  }
}

/** The schema and all that it refers to or is composed of. */
function alternatives(
  schema: Json | undefined,
  root: JsonObject,
  visited: Set<Json>,
): JsonObject[] {
  if (!isObject(schema) || visited.has(schema)) return [];
  visited.add(schema);
  const composed = ["anyOf", "oneOf", "allOf"].flatMap((word) => {
    const list = schema[word];
    return Array.isArray(list) ? list : [];
  });
  const target = typeof schema.$ref === "string" ? resolve(schema.$ref, root) : undefined;
  return [schema, ...[...composed, target].flatMap((each) => alternatives(each, root, visited))];
}

function memberSchemas(schema: JsonObject, key: string, isList: boolean): Json[] {
  if (isList) {
    const { prefixItems, items } = schema;
    const own = Array.isArray(prefixItems) ? prefixItems[Number(key)] : undefined;
    return [own ?? items ?? true];
  }
  const { properties, additionalProperties } = schema;
  const own = isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  return [own ?? additionalProperties ?? true];
}

function resolve(reference: string, root: JsonObject): Json | undefined {
  let target: Json | undefined = root;
  for (const part of reference.replace(/^#\/?/, "").split("/")) {
    if (part === "") continue;
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) ? target[name] : undefined;
  }
  return target;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mask(value: unknown, marks: Marks): Json {
  try {
    const text = JSON.stringify(value, (name, member: unknown) => maskMember(name, member, marks));
    return text === undefined ? null : maskKeys(JSON.parse(text) as Json, marks);
  } catch (error) {
    // A line in the log must not fail a step: a cycle, a getter or a toJSON that throws.
    return `[not written: ${maskText(error instanceof Error ? error.message : String(error), marks)}]`;
  }
}

function maskMember(name: string, member: unknown, marks: Marks): unknown {
  const marked = name === "" ? undefined : marks.names.get(name);
  if (marked !== undefined && member !== undefined) return `[${marked}]`;
  if (typeof member === "string") return maskText(member, marks);
  if (typeof member === "bigint") return maskText(String(member), marks);
  if (typeof member === "number") {
    const found = marks.values.get(String(member));
    return found === undefined ? member : `[${found}]`;
  }
  return member instanceof Error ? errorFields(member, marks) : member;
}

/** Values used as keys of a map are values all the same. */
function maskKeys(value: Json, marks: Marks): Json {
  if (marks.values.size === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((member) => maskKeys(member, marks));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [maskText(key, marks), maskKeys(member, marks)]),
  );
}

/** Of the cause, only what it says: its own cause may lead back here. */
function errorFields({ name, message, stack, cause }: Error, marks: Marks): JsonObject {
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause;
  return {
    name,
    message: maskText(message, marks),
    ...(stack !== undefined && { stack: maskText(stack, marks) }),
    ...(reason !== undefined && { cause: mask(reason, marks) }),
  };
}

function maskText(text: string, marks: Marks): string {
  const whole = marks.values.get(text);
  if (whole !== undefined) return `[${whole}]`;
  let masked = text;
  for (const [value, found] of longestFirst(marks.values)) {
    for (const spelling of spellings(value)) {
      masked = masked.replaceAll(patternOf(spelling, value), () => `[${found}]`);
    }
  }
  return masked;
}

function patternOf(spelling: string, value: string): string | RegExp {
  if (value.length >= SHORTEST_INSIDE) return spelling;
  const literal = spelling.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, "gu");
}

/** A value that holds another one goes first, or its rest would be left over. */
function longestFirst(values: ReadonlyMap<string, string>): [string, string][] {
  return [...values].sort(([a], [b]) => b.length - a.length);
}

/** As it is, inside of JSON text, and inside of a URL. */
function spellings(value: string): Set<string> {
  const spelled = new Set([value, JSON.stringify(value).slice(1, -1)]);
  if (!/\p{Surrogate}/u.test(value)) spelled.add(encodeURIComponent(value));
  return spelled;
}
