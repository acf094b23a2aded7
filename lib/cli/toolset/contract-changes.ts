/** What has changed in the contract of a tool, in words. */
import { canonicalJson } from "../../runtime/canonical-json.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { McpContract } from "../../runtime/mcp/mcp-contract.ts";
import { safeText } from "../text/safe-text.ts";

const MAX_LINES = 20;
const MAX_VALUE = 120;

/** One line a change; empty if nothing has. Texts of the server are safe to print. */
export function contractChanges(
  before: Pick<McpContract, "description" | "input">,
  after: Pick<McpContract, "description" | "input">,
): string[] {
  const lines = [
    ...(before.description === after.description
      ? []
      : [`description: ${shown(before.description)} → ${shown(after.description)}`]),
    ...schemaChanges(before.input, after.input, ""),
  ];
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `and ${more} more`] : lines;
}

/** `place`: of the schema in the arguments, `.filter.path`; empty for all of them. */
function schemaChanges(before: JsonObject, after: JsonObject, place: string): string[] {
  const what = place === "" ? "the arguments" : `argument ${safeText(place.slice(1))}`;
  return [...namesOf(before, after)].flatMap((key) => {
    const [old, now] = [before[key], after[key]];
    if (isSame(old, now)) return [];
    if (key === "properties") return propertyChanges(objectOf(old), objectOf(now), after, place);
    if (key === "required") return requiredChanges(listOf(old), listOf(now), place, before, after);
    if (key === "items" && isObject(old) && isObject(now)) {
      return schemaChanges(old, now, `${place}[]`);
    }
    return [`${what}: ${safeText(key)} ${shown(old)} → ${shown(now)}`];
  });
}

function propertyChanges(
  before: JsonObject,
  after: JsonObject,
  schema: JsonObject,
  place: string,
): string[] {
  const required = listOf(schema.required);
  return [...namesOf(before, after)].flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    const at = `${place}.${name}`;
    const what = `argument ${safeText(at.slice(1))}`;
    if (isSame(old, now)) return [];
    if (now === undefined) return [`${what} is gone`];
    if (old === undefined) {
      return [`${what} is new${required.includes(name) ? ", and required" : ""}: ${shown(now)}`];
    }
    return isObject(old) && isObject(now)
      ? schemaChanges(old, now, at)
      : [`${what}: ${shown(old)} → ${shown(now)}`];
  });
}

/** Of arguments that are neither new nor gone: for those their own line says it. */
function requiredChanges(
  before: readonly Json[],
  after: readonly Json[],
  place: string,
  old: JsonObject,
  now: JsonObject,
): string[] {
  const stays = (name: Json) =>
    objectOf(old.properties)[String(name)] !== undefined &&
    objectOf(now.properties)[String(name)] !== undefined;
  const line = (name: Json, word: string) =>
    `argument ${safeText(`${place}.${String(name)}`.slice(1))} is ${word}`;
  return [
    ...after
      .filter((name) => !before.includes(name) && stays(name))
      .map((name) => line(name, "required now")),
    ...before
      .filter((name) => !after.includes(name) && stays(name))
      .map((name) => line(name, "no longer required")),
  ];
}

function namesOf(a: JsonObject, b: JsonObject): Set<string> {
  return new Set([...Object.keys(a), ...Object.keys(b)]);
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "(none)";
  const text = safeText(JSON.stringify(value));
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
