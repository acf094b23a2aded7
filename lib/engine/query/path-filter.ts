/** Filters of JSONPath: `@.status == 0 && @.name != 'x'`. */
import type { Json } from "../json.ts";
import { PathSyntaxError, parseSegments, stepAll } from "./path.ts";

export type Test = (item: Json) => boolean;
type Operand = (item: Json) => Json | undefined;

const TOKEN =
  /\s*(&&|\|\||==|!=|<=|>=|<|>|!|\(|\)|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true\b|false\b|null\b|@(?:\.[A-Za-z0-9_$-]+|\['[^']*'\]|\[\d+\])*)/y;

export function parseFilter(text: string, source: string): Test {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (match === null)
      throw new PathSyntaxError(`'${source}' has a filter that cannot be parsed: ${text}`);
    tokens.push(match[1] as string);
  }
  let at = 0;
  const either = (): Test => {
    const left = both();
    if (tokens[at] !== "||") return left;
    at++;
    const right = either();
    return (item) => left(item) || right(item);
  };
  const both = (): Test => {
    const left = one();
    if (tokens[at] !== "&&") return left;
    at++;
    const right = both();
    return (item) => left(item) && right(item);
  };
  const one = (): Test => {
    if (tokens[at] === "!") {
      at++;
      const inner = one();
      return (item) => !inner(item);
    }
    if (tokens[at] === "(") {
      at++;
      const inner = either();
      at++;
      return inner;
    }
    const left = operand(tokens[at++] ?? "", source);
    const operator = tokens[at] ?? "";
    if (!Object.hasOwn(COMPARE, operator)) return (item) => left(item) !== undefined;
    at++;
    const right = operand(tokens[at++] ?? "", source);
    const compare = COMPARE[operator] as Compare;
    return (item) => compare(left(item), right(item));
  };
  return either();
}

type Compare = (a: Json | undefined, b: Json | undefined) => boolean;

const ordered =
  (test: (difference: number) => boolean): Compare =>
  (a, b) => {
    if (typeof a === "number" && typeof b === "number") return test(a - b);
    if (typeof a === "string" && typeof b === "string") return test(a < b ? -1 : a > b ? 1 : 0);
    return false;
  };

const COMPARE: Readonly<Record<string, Compare>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": ordered((d) => d < 0),
  ">": ordered((d) => d > 0),
  "<=": ordered((d) => d <= 0),
  ">=": ordered((d) => d >= 0),
};

function operand(token: string, source: string): Operand {
  if (token.startsWith("@")) {
    const segments = parseSegments(token.slice(1), source);
    return (item) => stepAll(segments, item)[0];
  }
  if (token.startsWith("'") || token.startsWith('"')) return () => token.slice(1, -1);
  if (token === "") throw new PathSyntaxError(`'${source}' has a filter that ends too early`);
  return () => JSON.parse(token) as Json;
}
