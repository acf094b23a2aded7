/** The comparisons of JSONPath choice rules. */
import { isObject, type Json, type JsonObject } from "../json.ts";
import { parseTimestamp } from "../states/timestamp.ts";

/** Gives the value of a path, or undefined if there is none and that is no error. */
export type Read = (path: string, mustExist: boolean) => Json | undefined;
export type Rule = (read: Read) => boolean;

export function compileRule(rule: JsonObject): Rule {
  if (Array.isArray(rule.And)) {
    const all = (rule.And as readonly Json[]).filter(isObject).map(compileRule);
    return (read) => all.every((one) => one(read));
  }
  if (Array.isArray(rule.Or)) {
    const any = (rule.Or as readonly Json[]).filter(isObject).map(compileRule);
    return (read) => any.some((one) => one(read));
  }
  if (isObject(rule.Not)) {
    const inner = compileRule(rule.Not);
    return (read) => !inner(read);
  }
  const variable = String(rule.Variable);
  const operator = Object.keys(rule).find((key) => key !== "Variable" && isOperator(key)) ?? "";
  const expected = rule[operator] ?? null;
  if (operator === "IsPresent") {
    return (read) => (read(variable, false) !== undefined) === expected;
  }
  const test = PREDICATES[operator];
  if (test !== undefined) return (read) => test(read(variable, true) ?? null) === expected;
  const byPath = operator.endsWith("Path");
  const compare =
    COMPARISONS[byPath ? operator.slice(0, -"Path".length) : operator] ?? (() => false);
  return (read) => {
    const value = read(variable, true) ?? null;
    return compare(value, byPath ? (read(String(expected), true) ?? null) : expected);
  };
}

function isOperator(key: string): boolean {
  const plain = key.replace(/Path$/, "");
  return key === "IsPresent" || Object.hasOwn(PREDICATES, key) || Object.hasOwn(COMPARISONS, plain);
}

const PREDICATES: Readonly<Record<string, (value: Json) => boolean>> = {
  IsNull: (value) => value === null,
  IsNumeric: (value) => typeof value === "number",
  IsString: (value) => typeof value === "string",
  IsBoolean: (value) => typeof value === "boolean",
  IsTimestamp: (value) => typeof value === "string" && parseTimestamp(value) !== undefined,
};

type Comparison = (value: Json, expected: Json) => boolean;

const COMPARISONS: Record<string, Comparison> = {
  BooleanEquals: (a, b) => typeof a === "boolean" && a === b,
  StringMatches: (a, b) => typeof a === "string" && typeof b === "string" && wildcard(b).test(a),
};

const ORDERS: Readonly<Record<string, (difference: number) => boolean>> = {
  Equals: (d) => d === 0,
  LessThan: (d) => d < 0,
  GreaterThan: (d) => d > 0,
  LessThanEquals: (d) => d <= 0,
  GreaterThanEquals: (d) => d >= 0,
};

for (const [name, holds] of Object.entries(ORDERS)) {
  COMPARISONS[`Numeric${name}`] = (a, b) =>
    typeof a === "number" && typeof b === "number" && holds(a - b);
  COMPARISONS[`String${name}`] = (a, b) =>
    typeof a === "string" && typeof b === "string" && holds(a < b ? -1 : a > b ? 1 : 0);
  COMPARISONS[`Timestamp${name}`] = (a, b) => {
    const [x, y] = [timestamp(a), timestamp(b)];
    return x !== undefined && y !== undefined && holds(x - y);
  };
}

function timestamp(value: Json): number | undefined {
  return typeof value === "string" ? parseTimestamp(value) : undefined;
}

/** `*` stands for anything; a backslash takes its meaning away. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.match(/\\.|\*|[^\\*]+/gs) ?? [];
  const escaped = parts.map((part) =>
    part === "*" ? ".*" : part.replace(/^\\(.)$/s, "$1").replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
  );
  return new RegExp(`^${escaped.join("")}$`, "s");
}
