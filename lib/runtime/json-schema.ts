/**
 * Checks JSON against a contract (JSON Schema 2020-12) where a model or a tool wrote the JSON.
 * Interpreted, not compiled: functions carry 21 KB for it, and no code is made at run time (decision
 * 0050). The compiler has checked the schemas themselves.
 */
import { type OutputUnit, Validator } from "@cfworker/json-schema";
import type { Json, JsonObject } from "./json.ts";

/** What is wrong, for whoever wrote the value: a model reads it to repair its answer. */
export interface SchemaProblem {
  /** `.finding.quote`, `.files[3]`; `(all)` for the value itself. */
  readonly path: string;
  /** `String is too short (0 < 1).` */
  readonly message: string;
}

/** Finds what does not fit; nothing if all does. At most 10 problems. */
export type SchemaCheck = (value: Json) => readonly SchemaProblem[];

const MAX_PROBLEMS = 10;
/** Deeper or larger values are refused unseen: checking some schemas takes time by the square of it. */
const MAX_DEPTH = 64;
const MAX_VALUES = 20_000;

/** Keywords of 2020-12 (and of the draft before) that the validator would silently pass over. */
const UNKNOWN_KEYWORDS = ["$dynamicRef", "$recursiveRef"];

/**
 * Prepares a check, to be used again and again. Throws `TypeError` for a schema with `$dynamicRef`, or
 * with a `$ref` to elsewhere, when the check is made.
 */
export function schemaCheck(schema: JsonObject | true): SchemaCheck {
  if (schema === true) return () => [];
  refuseUnknown(schema);
  // A copy, because the validator writes its marks into the schema.
  const validator = new Validator(structuredClone(schema), "2020-12", false);
  return (value) => {
    const size = tooLarge(value);
    if (size !== undefined) return [{ path: "(all)", message: size }];
    const { errors } = validator.validate(withoutPrototypes(value));
    return problemsOf(errors);
  };
}

export type Validated =
  | { readonly ok: true }
  | { readonly ok: false; readonly problems: readonly SchemaProblem[] };

/** Checks once; a schema that was used before is not prepared again. */
export function validate(schema: JsonObject | true, value: Json): Validated {
  const problems = checkOf(schema)(value);
  return problems.length === 0 ? { ok: true } : { ok: false, problems };
}

const prepared = new WeakMap<JsonObject, SchemaCheck>();

function checkOf(schema: JsonObject | true): SchemaCheck {
  if (schema === true) return schemaCheck(schema);
  const known = prepared.get(schema);
  if (known) return known;
  const check = schemaCheck(schema);
  prepared.set(schema, check);
  return check;
}

/** The problems as lines of text. */
export function problemsText(problems: readonly SchemaProblem[]): string {
  return problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
}

function refuseUnknown(schema: JsonObject): void {
  const text = JSON.stringify(schema);
  const found = UNKNOWN_KEYWORDS.find((keyword) => text.includes(`"${keyword}":`));
  if (found !== undefined) throw new TypeError(`Contracts may not use "${found}"; take "$ref".`);
}

/** Errors of a parent only say that a child has some; the children's say what. */
const SUMMARIES = new Set([
  "$ref",
  "properties",
  "patternProperties",
  "additionalProperties",
  "unevaluatedProperties",
  "items",
  "prefixItems",
  "unevaluatedItems",
  "allOf",
  "if",
  "dependentSchemas",
]);

function problemsOf(errors: readonly OutputUnit[]): SchemaProblem[] {
  const places = new Set<string>();
  for (const { keyword, instanceLocation } of errors) {
    if (keyword !== "false" && !SUMMARIES.has(keyword)) addPlaces(instanceLocation, places);
  }
  const found = new Map<string, SchemaProblem>();
  for (const { keyword, instanceLocation, error } of errors) {
    if (SUMMARIES.has(keyword)) continue;
    // The validator takes a property that does not fit for one that is not declared.
    if (keyword === "false" && places.has(instanceLocation)) continue;
    const path = cut(pathOf(instanceLocation), 200);
    const message = keyword === "false" ? "This is not allowed here." : cut(error, 300);
    found.set(`${path} ${message}`, { path, message });
    if (found.size === MAX_PROBLEMS) break;
  }
  return [...found.values()];
}

/** The place and all places around it. */
function addPlaces(pointer: string, places: Set<string>): void {
  for (
    let place = pointer;
    place !== "";
    place = place.slice(0, Math.max(0, place.lastIndexOf("/")))
  ) {
    places.add(place);
  }
}

/** `#/files/3/na~1me` → `.files[3]["na/me"]`. */
function pathOf(pointer: string): string {
  const parts = pointer.split("/").slice(1);
  if (parts.length === 0) return "(all)";
  return parts
    .map((part) => {
      const name = decodeURI(part).replaceAll("~1", "/").replaceAll("~0", "~");
      if (/^\d+$/.test(name)) return `[${name}]`;
      return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    })
    .join("");
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Why a value is not even looked at, or undefined. */
function tooLarge(root: Json): string | undefined {
  let values = 0;
  let level: readonly Json[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return `The value is nested deeper than ${MAX_DEPTH} levels.`;
    values += level.length;
    if (values > MAX_VALUES) return `The value has more than ${MAX_VALUES} values inside.`;
    const next: Json[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      for (const [key, member] of Object.entries(value)) {
        // URIs, in which the validator says where it is, cannot express them.
        if (/\p{Surrogate}/u.test(key)) return "A property's name has half of a surrogate pair.";
        next.push(member);
      }
    }
    level = next;
  }
  return undefined;
}

/** The validator asks with `in`, so that `constructor` would be found in any plain object. */
function withoutPrototypes(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  const copy = Object.create(null) as { [key: string]: Json };
  for (const [key, member] of Object.entries(value)) copy[key] = withoutPrototypes(member);
  return copy;
}
