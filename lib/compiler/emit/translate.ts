/** From a manifest's values to Step Functions' own: every name becomes what holds it there. */
import { expressionCode, isExpression } from "../../manifest/expression.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { ExpressionParser, Use } from "../expression/parse.ts";
import { type Replacement, substitute } from "../expression/substitute.ts";

/** What names mean at a place in the manifest. */
export interface Surroundings {
  /** Names of the items of the maps around. */
  readonly items: ReadonlySet<string>;
  /** JSONata that yields the position in the maps and repeats around; undefined at the top. */
  readonly iteration: string | undefined;
  /** Variable that holds the caught error, inside of a catch. */
  readonly error: string | undefined;
}

/** `$run.FIELD` in JSONata. */
export interface RunFields {
  readonly [field: string]: string;
}

export const INVOKE = "arn:aws:states:::lambda:invoke";
export const EXECUTION = "$states.context.Execution";
const ENVELOPE = `${EXECUTION}.Input`;
const NOTHING_KNOWN: ReadonlyMap<string, Json> = new Map();
/** Longer expressions than this get a state of their own instead of being repeated inside of others. */
const MAX_INLINE = 2_000;

export class Translator {
  readonly #parser: ExpressionParser;
  readonly #run: RunFields;
  readonly #config: string;

  /** `config` is what `$config` is in JSONata: `configCode` of the manifest's defaults. */
  constructor(parser: ExpressionParser, run: RunFields, config: string) {
    this.#parser = parser;
    this.#run = run;
    this.#config = config;
  }

  /**
   * A value with its expressions translated. `known` are names that are assigned in the very place
   * where the value will stand. Undefined if one of those cannot be written as an expression.
   */
  value(
    value: Json,
    around: Surroundings,
    known: ReadonlyMap<string, Json> = NOTHING_KNOWN,
  ): Json | undefined {
    if (typeof value === "string") {
      return isExpression(value)
        ? this.#expression(expressionCode(value).trim(), around, known)
        : literal(value);
    }
    if (Array.isArray(value)) {
      const items: Json[] = [];
      for (const item of value) {
        const translated = this.value(item, around, known);
        if (translated === undefined) return undefined;
        items.push(translated);
      }
      return items;
    }
    if (typeof value !== "object" || value === null) return value;
    const object: JsonObject = {};
    for (const [key, item] of Object.entries(value)) {
      const translated = this.value(item, around, known);
      if (translated === undefined) return undefined;
      object[key] = translated;
    }
    return object;
  }

  /** As `value`, where every name that is read has its variable already. */
  settled(value: Json, around: Surroundings): Json {
    return this.value(value, around) ?? null;
  }

  /** The code of an expression, translated, without delimiters. */
  code(expression: string, around: Surroundings): string {
    const translated = this.settled(expression, around);
    return codeOf(translated) ?? "null";
  }

  #expression(
    code: string,
    around: Surroundings,
    known: ReadonlyMap<string, Json>,
  ): Json | undefined {
    const parsed = this.#parser.parse(code);
    const bound = new Map<string, string>();
    let possible = true;
    const replace = (use: Use): Replacement | undefined => {
      const name = use.name === "error" ? (around.error ?? use.name) : use.name;
      const value = known.get(name);
      if (value === undefined) return this.#named(use, name, around);
      const text = codeOf(value);
      if (text === undefined || text.length > MAX_INLINE) possible = false;
      else if (isPath(text)) return { text, fields: 0 };
      else bound.set(name, text);
      return name === use.name ? undefined : { text: `$${name}`, fields: 0 };
    };
    // A name and nothing else: its value as it stands.
    const whole = parsed.plain?.path.length === 0 ? parsed.plain : undefined;
    if (whole) {
      const name = whole.name === "error" ? (around.error ?? whole.name) : whole.name;
      const value = known.get(name);
      if (value !== undefined) return value;
    }
    const translated = substitute(parsed, replace);
    if (!possible) return undefined;
    if (bound.size === 0) return `{% ${translated} %}`;
    const bindings = [...bound].map(([name, text]) => `$${name} := ${text}; `).join("");
    return `{% (${bindings}${translated}) %}`;
  }

  #named(use: Use, name: string, around: Surroundings): Replacement | undefined {
    const simply = (text: string): Replacement => ({ text, fields: 0 });
    if (around.items.has(name)) return simply(`$states.input.${name}`);
    switch (name) {
      case "input":
        return simply(`${ENVELOPE}.input`);
      case "config":
        return simply(this.#config);
      case "iteration":
        return simply(embedded(around.iteration ?? '""'));
      case "run": {
        const field = use.path[0] && this.#run[use.path[0].name];
        if (field !== undefined) return { text: field, fields: 1 };
        const all = Object.entries(this.#run).map(
          ([key, code]) => `${JSON.stringify(key)}: ${code}`,
        );
        return simply(`{${all.join(", ")}}`);
      }
      default:
        return name === use.name ? undefined : simply(`$${name}`);
    }
  }
}

/**
 * The configuration of a run: what it was started with, over the manifest's defaults, which who starts
 * it (a workflow that starts another, the AWS CLI) need not know.
 */
export function configCode(defaults: JsonObject): string {
  if (Object.keys(defaults).length === 0) return `${ENVELOPE}.config`;
  // JSON is JSONata; only what looks like a placeholder must not stand in one piece.
  const code = JSON.stringify(defaults).replaceAll("${", '$" & "{');
  return `$merge([${code}, ${ENVELOPE}.config])`;
}

/** Plain data that shall stay what it is: text that looks like an expression or a placeholder is quoted. */
export function literal(value: Json): Json {
  if (typeof value === "string") {
    return isExpression(value) || value.includes("${") ? `{% ${quote(value)} %}` : value;
  }
  if (Array.isArray(value)) return value.map(literal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item)]));
}

/** JSONata for a text without its placeholders: `"$" & "{name}"`. */
function quote(text: string): string {
  return text
    .split("${")
    .map((part, index) => JSON.stringify(index === 0 ? part : `{${part}`))
    .join(' & "$" & ');
}

/** Code that may stand within other code. */
const embedded = (code: string): string => (isPath(code) || code === '""' ? code : `(${code})`);

/** `$states.result.Payload`, `$name`: may stand for a name wherever the name may stand. */
function isPath(code: string): boolean {
  return /^\$[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(code);
}

/**
 * A value as JSONata; undefined where JSONata has no equal: its array constructor merges lists
 * within a list, so a list with expressions in it stays JSON.
 */
export function codeOf(value: Json): string | undefined {
  if (typeof value === "string") {
    return isExpression(value) ? expressionCode(value).trim() : JSON.stringify(value);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return hasExpression(value) ? undefined : JSON.stringify(value);
  const fields: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const code = codeOf(item);
    if (code === undefined) return undefined;
    fields.push(`${JSON.stringify(key)}: ${code}`);
  }
  return `{${fields.join(", ")}}`;
}

function hasExpression(value: Json): boolean {
  if (typeof value === "string") return isExpression(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((item) => hasExpression(item ?? null));
}

/**
 * `condition ? value : null` as an expression, for a `set` with an `if`; undefined where the value
 * has no exact equal in JSONata (which leaves out fields that are nothing, where Step Functions fails).
 */
export function conditional(condition: string, value: Json): Json | undefined {
  if (typeof value === "object" && hasExpression(value)) return undefined;
  const code = codeOf(value);
  if (code === undefined || code.includes("${")) return undefined;
  return `{% (${expressionCode(condition).trim()}) ? (${code}) : null %}`;
}
