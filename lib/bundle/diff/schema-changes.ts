/** What a change of a JSON Schema means to those who send values by it, and to those who receive them. */
import { canonicalJson } from "../../runtime/canonical-json.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { objectOf } from "../lock/part-value.ts";

export interface SchemaChange {
  readonly says: string;
  /** True if every value that the old schema took is taken by the new one, as far as this part goes. */
  readonly wider: boolean;
  /** True if every value that the new schema takes was taken by the old one. */
  readonly narrower: boolean;
}

/** Words that are for people, and change no value's fate. */
const NOTES = new Set([
  "title",
  "description",
  "examples",
  "default",
  "$comment",
  "$schema",
  "$id",
]);

/** Bounds: a higher one of these takes less; of the others, more. */
const LOWER = new Set(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]);
const UPPER = new Set(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]);

/**
 * What is different, place by place. Where nothing can be proved of a keyword (`pattern`, `anyOf`, …)
 * the change counts as neither wider nor narrower, and so as breaking both ways.
 */
export function schemaChanges(before: Json, after: Json, place = ""): readonly SchemaChange[] {
  const what = place === "" ? "the whole" : place;
  if (typeof before !== "object" || typeof after !== "object") {
    if (before === after) return [];
    return [
      {
        says: `${what}: ${shown(before)} → ${shown(after)}`,
        wider: after === true,
        narrower: before === true,
      },
    ];
  }
  const [old, now] = [objectOf(before), objectOf(after)];
  return namesOf(old, now).flatMap((key): readonly SchemaChange[] => {
    const [a, b] = [old[key], now[key]];
    if (isSame(a, b)) return [];
    const says = `${what}: ${key} ${shown(a)} → ${shown(b)}`;
    if (NOTES.has(key)) return [{ says, wider: true, narrower: true }];
    if (key === "properties") return propertyChanges(old, now, place);
    if (key === "$defs") return definitionChanges(old, now);
    if (key === "required") return requiredChanges(old, now, place);
    if (key === "items" && a !== undefined && b !== undefined) {
      return schemaChanges(a, b, `${place}[]`);
    }
    if (LOWER.has(key)) return [{ says, ...bounds(b, a) }];
    if (UPPER.has(key)) return [{ says, ...bounds(a, b) }];
    if (key === "enum" || key === "type") return [{ says, ...sets(key, a, b) }];
    if (key === "additionalProperties") {
      const [wasOpen, isOpen] = [a !== false, b !== false];
      return [
        {
          says,
          wider: !wasOpen || b === undefined || b === true,
          narrower: !isOpen || a === undefined || a === true,
        },
      ];
    }
    return [{ says, wider: b === undefined, narrower: a === undefined }];
  });
}

/** `a ≤ b`, where an absent bound is none. */
function bounds(a: Json | undefined, b: Json | undefined) {
  if (a === undefined) return { wider: false, narrower: true };
  if (b === undefined) return { wider: true, narrower: false };
  return { wider: Number(a) <= Number(b), narrower: Number(a) >= Number(b) };
}

function sets(key: string, a: Json | undefined, b: Json | undefined) {
  if (a === undefined) return { wider: false, narrower: true };
  if (b === undefined) return { wider: true, narrower: false };
  const [old, now] = [listOf(key, a), listOf(key, b)];
  const within = (some: readonly string[], all: readonly string[]) =>
    some.every((one) => all.includes(one));
  return { wider: within(old, now), narrower: within(now, old) };
}

/** A number may be an integer; an integer is a number. */
function listOf(key: string, value: Json): readonly string[] {
  const list = (Array.isArray(value) ? value : [value]).map((one) => canonicalJson(one));
  return key === "type" && list.includes('"number"') ? [...list, '"integer"'] : list;
}

function propertyChanges(old: JsonObject, now: JsonObject, place: string): readonly SchemaChange[] {
  const [before, after] = [objectOf(old.properties), objectOf(now.properties)];
  return namesOf(before, after).flatMap((name): readonly SchemaChange[] => {
    const [a, b] = [before[name], after[name]];
    if (isSame(a, b)) return [];
    const at = place === "" ? name : `${place}.${name}`;
    if (b === undefined) {
      return [
        {
          says: `${at} is gone`,
          wider: now.additionalProperties !== false,
          narrower: !requires(old, name) && old.additionalProperties !== false,
        },
      ];
    }
    if (a === undefined) {
      const must = requires(now, name);
      return [
        {
          says: `${at} is new${must ? ", and required" : ""}`,
          wider: !must,
          narrower: old.additionalProperties !== false,
        },
      ];
    }
    return schemaChanges(a, b, at);
  });
}

/** Of what is referred to: a definition that is new or gone counts where something refers to it. */
function definitionChanges(old: JsonObject, now: JsonObject): readonly SchemaChange[] {
  const [before, after] = [objectOf(old.$defs), objectOf(now.$defs)];
  return namesOf(before, after).flatMap((name): readonly SchemaChange[] => {
    const [a, b] = [before[name], after[name]];
    if (a !== undefined && b !== undefined) return isSame(a, b) ? [] : schemaChanges(a, b, name);
    const says = `definition ${name} is ${b === undefined ? "gone" : "new"}`;
    return [{ says, wider: true, narrower: true }];
  });
}

/** Of properties that both have: new and gone ones have lines of their own. */
function requiredChanges(old: JsonObject, now: JsonObject, place: string): readonly SchemaChange[] {
  const both = namesOf(objectOf(old.properties), objectOf(now.properties)).filter(
    (name) => name in objectOf(old.properties) && name in objectOf(now.properties),
  );
  return both.flatMap((name): readonly SchemaChange[] => {
    const at = place === "" ? name : `${place}.${name}`;
    const [was, is] = [requires(old, name), requires(now, name)];
    if (was === is) return [];
    return is
      ? [{ says: `${at} is required now`, wider: false, narrower: true }]
      : [{ says: `${at} is no longer required`, wider: true, narrower: false }];
  });
}

function requires(schema: JsonObject, name: string): boolean {
  return Array.isArray(schema.required) && schema.required.includes(name);
}

function namesOf(a: JsonObject, b: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

const MAX_SHOWN = 120;

export function shown(value: Json | undefined): string {
  if (value === undefined) return "(none)";
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
