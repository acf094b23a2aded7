/**
 * Masks what a contract classes as sensitive (`.meta({ "x-data-class": "secret" })`) in log lines and
 * error messages: every property of a marked name, and every text in which a marked value occurs.
 */
import { type ClassedValue, classOf, findClassed, isClassed } from "./classed-values.ts";
import type { StepContract } from "./contract.ts";
import type { Json, JsonObject } from "./json.ts";

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
  if (!isClassed(contract.input) && !isClassed(contract.output)) return plain;
  const marks: Marks = { names: new Map(), values: new Map() };
  for (const side of ["input", "output"] as const) collectNames(contract[side], marks);
  // A truth value says nothing by itself, and stands in every text.
  const mark = ({ value, class: found }: ClassedValue) => {
    if (typeof value !== "boolean") marks.values.set(String(value), found);
  };
  for (const { side, value } of seen) findClassed(value, contract[side], mark);
  return { text: (text) => maskText(text, marks), value: (value) => mask(value, marks) };
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
