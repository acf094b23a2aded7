/** One JSONata expression, parsed once and evaluated often. */
import jsonata from "jsonata";
import { QueryFailure } from "../errors.ts";
import type { Eventual, Json } from "../json.ts";
import { HASH_ALGORITHMS, hash, partition, random, range, uuid } from "./functions.ts";
import type { Scope } from "./language.ts";

/** Bounds against endless recursion and endless loops in an expression. */
const LIMITS = { timeout: 10_000, stack: 1_000, sequence: 10_000_000 };

/** The text between `{%` and `%}`, or undefined if this is an ordinary string. */
export function expressionIn(text: string): string | undefined {
  if (!text.startsWith("{%") || !text.endsWith("%}") || text.length < 4) return undefined;
  return text.slice(2, -2).trim();
}

export interface Expression {
  readonly source: string;
  /** Undefined if the expression yields nothing. Throws `QueryFailure`. */
  evaluate(scope: Scope): Eventual<Json | undefined>;
}

/** Parses the text between the delimiters. Throws jsonata's own error if it does not parse. */
export function parseExpression(source: string): jsonata.Expression {
  const parsed = jsonata(source, LIMITS);
  parsed.registerFunction("partition", partition, "<an:a>");
  parsed.registerFunction("range", range, "<nnn:a>");
  parsed.registerFunction("random", (seed?: number) => random(seed), "<n?:n>");
  parsed.registerFunction("uuid", uuid, "<:s>");
  parsed.registerFunction("parse", (text: string) => parseJson(text), "<s:x>");
  parsed.registerFunction("hash", (data: Json, name: string) => digest(data, name), "<xs:s>");
  return parsed;
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Error(`Unable to parse the string as JSON: ${text}`);
  }
}

function digest(data: Json, algorithm: string): string {
  const value = hash(data, algorithm);
  if (value !== undefined) return value;
  throw new Error(`Unknown hash algorithm ${algorithm}; use ${HASH_ALGORITHMS.join(", ")}`);
}

/** The names of the variables that an expression reads or binds, without the leading `$`. */
export function variablesIn(parsed: jsonata.Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    const record = node as Record<string, unknown>;
    if (record.type === "variable" && typeof record.value === "string") names.add(record.value);
    for (const key in record) visit(record[key]);
  };
  visit(parsed.ast());
  return names;
}

export function compileExpression(source: string, location: string): Expression {
  const parsed = parseExpression(source);
  const direct = directPath(parsed.ast());
  const names = [...variablesIn(parsed)].filter((name) => name !== "" && name !== "$");
  const readsStates = names.includes("states");
  const variables = names.filter((name) => name !== "states");
  const slow = async (scope: Scope): Promise<Json | undefined> => {
    // $eval does not exist in Step Functions; without a value it is no function.
    const bindings: Record<string, unknown> = { eval: undefined };
    if (readsStates) bindings.states = statesOf(scope);
    for (const name of variables) {
      const value = scope.variables.get(name);
      if (value !== undefined) bindings[name] = value;
    }
    let value: unknown;
    try {
      value = await parsed.evaluate(undefined, bindings);
    } catch (thrown) {
      throw new QueryFailure(
        "States.QueryEvaluationError",
        thrownCause(source, location, thrown),
        location,
      );
    }
    if (value === undefined) return undefined;
    const plain = plainJson(value);
    if (plain !== undefined) return plain;
    throw new QueryFailure(
      "States.QueryEvaluationError",
      `The JSONata expression '${source}' specified for the field '${location}' returned an unsupported result type.`,
      location,
    );
  };
  if (direct === undefined) return { source, evaluate: slow };
  return {
    source,
    evaluate(scope) {
      const value = direct(scope);
      return value === MAPS_OVER_ARRAY ? slow(scope) : value;
    },
  };
}

function statesOf(scope: Scope): Record<string, unknown> {
  const states: Record<string, unknown> = { input: scope.input, context: scope.context() };
  if (scope.result !== undefined) states.result = scope.result;
  if (scope.errorOutput !== undefined) states.errorOutput = scope.errorOutput;
  return states;
}

function thrownCause(source: string, location: string, thrown: unknown): string {
  const sentence = `The JSONata expression '${source}' specified for the field '${location}' threw an error during evaluation`;
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  // AWS has no code for its own bounds, and one for every error of the language.
  if (code === "D1011")
    return `${sentence}: Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive`;
  if (code === "D1012")
    return `${sentence}: Expression evaluation timeout: Check for infinite loop`;
  return typeof code === "string" ? `${sentence}. ${code}: ${message}` : `${sentence}: ${message}`;
}

const MAPS_OVER_ARRAY = Symbol("maps over an array");

/**
 * The way past jsonata for `$name`, `$name.a.b` and `$states.input.a.b`, which are most of the
 * expressions in practice: no promise, no copy. An array on the way needs jsonata's mapping.
 */
function directPath(
  ast: jsonata.ExprNode,
): ((scope: Scope) => Json | undefined | typeof MAPS_OVER_ARRAY) | undefined {
  // The library's types do not know the node type "path", which its parser gives.
  const isPath = (ast.type as string) === "path";
  const steps = isPath ? ast.steps : [ast];
  if (
    steps === undefined ||
    !steps.every((step, i) => isPlain(step, i === 0 ? "variable" : "name"))
  ) {
    return undefined;
  }
  if (isPath && Object.keys(ast).some((key) => key !== "type" && key !== "steps")) {
    return undefined;
  }
  const [head, ...path] = steps.map((step) => String(step.value));
  if (head === undefined || head === "" || head === "$") return undefined;
  if (head !== "states") return (scope) => walk(scope.variables.get(head), path);
  const [part, ...rest] = path;
  switch (part) {
    case "input":
      return (scope) => walk(scope.input, rest);
    case "result":
      return (scope) => walk(scope.result, rest);
    case "errorOutput":
      return (scope) => walk(scope.errorOutput, rest);
    case "context":
      return (scope) => walk(scope.context(), rest);
    default:
      return undefined;
  }
}

function isPlain(step: jsonata.ExprNode, type: string): boolean {
  const known = (key: string) => key === "type" || key === "value" || key === "position";
  return step.type === type && Object.keys(step).every(known);
}

function walk(
  value: Json | undefined,
  path: readonly string[],
): Json | undefined | typeof MAPS_OVER_ARRAY {
  let current: Json | undefined = value;
  for (const name of path) {
    if (Array.isArray(current)) return MAPS_OVER_ARRAY;
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, name))
      return undefined;
    current = (current as { readonly [key: string]: Json })[name];
  }
  return current;
}

/** Takes off the marks that jsonata leaves on its arrays; undefined for what is no JSON. */
function plainJson(value: unknown): Json | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return value;
  if (typeof value !== "object" || "_jsonata_lambda" in value || "_jsonata_function" in value) {
    return undefined;
  }
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      const plain = plainJson(item);
      if (plain !== undefined) items.push(plain);
    }
    return items;
  }
  if (value instanceof RegExp) return undefined;
  const object: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const plain = plainJson((value as Record<string, unknown>)[key]);
    if (plain !== undefined) object[key] = plain;
  }
  return object;
}
