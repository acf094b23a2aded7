/** One JSONata expression, parsed once and evaluated often. */
import jsonata from "jsonata";
import { QueryFailure } from "../errors.ts";
import type { Eventual, Json } from "../json.ts";
import { HASH_ALGORITHMS, hash, partition, random, range, uuid } from "./functions.ts";
import type { Scope } from "./language.ts";
import { MAPPED, type PlainPath, plainPath, readPath } from "./plain-path.ts";

/** Bounds against endless recursion and endless loops in an expression. */
const LIMITS = { timeout: 10_000, stack: 1_000, sequence: 10_000_000 };

/** The text between `{%` and `%}`, or undefined if this is an ordinary string. */
export function expressionIn(text: string): string | undefined {
  if (!text.startsWith("{%") || !text.endsWith("%}") || text.length < 4) return undefined;
  return text.slice(2, -2).trim();
}

export interface Expression {
  /** Throws `QueryFailure`, also if the expression yields nothing. */
  evaluate(scope: Scope): Eventual<Json>;
}

/** What Step Functions adds to JSONata, with signatures in the notation of its documentation. */
type Implementation = Parameters<jsonata.Expression["registerFunction"]>[1];

const FUNCTIONS: Readonly<Record<string, readonly [Implementation, string]>> = {
  partition: [partition, "<an:a>"],
  range: [range, "<nnn:a>"],
  random: [(seed?: number) => random(seed), "<n?:n>"],
  uuid: [uuid, "<:s>"],
  parse: [parseJson, "<s:x>"],
  hash: [digest, "<xs:s>"],
};

/** Parses the text between the delimiters. Throws jsonata's own error if it does not parse. */
export function parseExpression(source: string): jsonata.Expression {
  return jsonata(source, LIMITS);
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
  const path = plainPath(parsed.ast());
  return path === undefined
    ? { evaluate: evaluator(parsed, source, location) }
    : new PathExpression(path, source, location);
}

/** Evaluates by jsonata itself. */
function evaluator(
  parsed: jsonata.Expression,
  source: string,
  location: string,
): (scope: Scope) => Promise<Json> {
  const names = [...variablesIn(parsed)].filter((name) => name !== "" && name !== "$");
  const readsStates = names.includes("states");
  const variables = names.filter((name) => name !== "states");
  // Each costs time and memory in every expression, and few expressions call one.
  for (const name of variables) {
    const added = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (added !== undefined) parsed.registerFunction(name, added[0], added[1]);
  }
  return async (scope) => {
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
    if (value === undefined) throw nothing(source, location);
    const plain = plainJson(value);
    if (plain !== undefined) return plain;
    throw new QueryFailure(
      "States.QueryEvaluationError",
      `The JSONata expression '${source}' specified for the field '${location}' returned an unsupported result type.`,
      location,
    );
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

function nothing(source: string, location: string): QueryFailure {
  return new QueryFailure(
    "States.QueryEvaluationError",
    `The JSONata expression '${source}' specified for the field '${location}' returned nothing (undefined).`,
    location,
  );
}

/**
 * The way past jsonata for plain paths, which are most of the expressions in practice: no promise,
 * no copy.
 */
class PathExpression implements Expression {
  readonly #path: PlainPath;
  readonly #source: string;
  readonly #location: string;
  /** The tree is large and hardly ever needed: it is parsed again when it is. */
  #slow: ((scope: Scope) => Promise<Json>) | undefined;

  constructor(path: PlainPath, source: string, location: string) {
    this.#path = path;
    this.#source = source;
    this.#location = location;
  }

  evaluate(scope: Scope): Eventual<Json> {
    const value = readPath(this.#path, scope);
    if (value === MAPPED) return this.#byJsonata(scope);
    if (value === undefined) throw nothing(this.#source, this.#location);
    return value;
  }

  #byJsonata(scope: Scope): Promise<Json> {
    this.#slow ??= evaluator(parseExpression(this.#source), this.#source, this.#location);
    return this.#slow(scope);
  }
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
