/** What an expression reads, found in jsonata's own syntax tree: names with their positions. */
import jsonata from "jsonata";
import { FUNCTIONS } from "./functions.ts";
import { type Fault, readTree } from "./read-tree.ts";

/** A place where an expression reads a name that it does not bind itself. Offsets count within the code. */
export interface Use {
  readonly name: string;
  /** Offsets of `$name`. */
  readonly start: number;
  readonly end: number;
  /** Called as a function: `$name(…)`. */
  readonly called: boolean;
  /** Field names that follow directly, `$name.a.b`, with the offset behind each. */
  readonly path: readonly { readonly name: string; readonly end: number }[];
}

export interface Parsed {
  readonly code: string;
  readonly uses: readonly Use[];
  /** Names that the expression binds itself: variables, parameters. */
  readonly locals: readonly { readonly name: string; readonly start: number }[];
  /** Syntax errors and what Step Functions' JSONata does not have. */
  readonly faults: readonly Fault[];
  /** The one use, if the whole expression is `$name` or `$name.a.b`. */
  readonly plain: Use | undefined;
  /** Selects from a list: yields nothing for no match, and no list for one. */
  readonly selects: boolean;
}

/** Parses each distinct text once; one of these lives as long as one compilation. */
export class ExpressionParser {
  readonly #parsed = new Map<string, Parsed>();

  parse(code: string): Parsed {
    const known = this.#parsed.get(code);
    if (known) return known;
    const parsed = parseExpression(code);
    this.#parsed.set(code, parsed);
    return parsed;
  }
}

/**
 * `$name` and `$name.a.b`, which most expressions are, without jsonata: its parser builds its tables
 * anew for each text. Undefined for all else.
 */
function parsePath(code: string): Parsed | undefined {
  if (!/^\$[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(code)) return undefined;
  const [head = "", ...fields] = code.split(".");
  const name = head.slice(1);
  if ((FUNCTIONS.has(name) && name !== "error") || name === "eval") return undefined;
  // Words that are no names to jsonata, not even behind a dot.
  if (fields.some((field) => WORDS.has(field))) return undefined;
  let end = head.length;
  const path = fields.map((field) => {
    end += 1 + field.length;
    return { name: field, end };
  });
  const use: Use = { name, start: 0, end: head.length, called: false, path };
  return { code, uses: [use], locals: [], faults: [], plain: use, selects: false };
}

const WORDS = new Set(["and", "or", "in", "true", "false", "null"]);

const NOTHING = { uses: [], locals: [], plain: undefined, selects: false } as const;

/** Never throws: what does not parse is a fault. */
export function parseExpression(code: string): Parsed {
  const path = parsePath(code);
  if (path) return path;
  let tree: jsonata.ExprNode;
  try {
    tree = jsonata(code).ast();
  } catch (thrown) {
    return {
      code,
      ...NOTHING,
      faults: [syntaxFault(code, thrown as Partial<jsonata.JsonataError>)],
    };
  }
  return { code, ...readTree(code, tree) };
}

/** jsonata's positions are the ends of tokens. */
function syntaxFault(code: string, error: Partial<jsonata.JsonataError>): Fault {
  const end = Math.min(error.position ?? code.length, code.length);
  const token = typeof error.token === "string" ? error.token : "";
  const known = token !== "" && code.slice(0, end).endsWith(token);
  const start = known ? end - token.length : Math.max(0, end - 1);
  return {
    code: "ESP301",
    start,
    length: Math.max(1, known ? token.length : 1),
    message: `the expression does not parse: ${(error.message ?? "unknown error").replace(/\.$/, "")}`,
    hint: "Expressions are JSONata 2.0.6; https://docs.jsonata.org describes the language.",
  };
}
