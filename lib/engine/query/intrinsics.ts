/**
 * The intrinsic functions of JSONPath states: `States.Format('{}', $.name)` and the others.
 * https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
 */
import { isDeepStrictEqual } from "node:util";
import { isObject, type Json } from "../json.ts";
import { hash, partition, random, range, uuid } from "./functions.ts";
import { PathSyntaxError } from "./path.ts";

/** Why a call failed; becomes States.IntrinsicFailure. */
export class IntrinsicError extends Error {}

export type Resolve = (path: string) => Json;
export type Call = (resolve: Resolve) => Json;

/** Parses a call. Throws PathSyntaxError. */
export function parseIntrinsic(source: string): Call {
  let rest = source.trim();
  const fail = (): never => {
    throw new PathSyntaxError(`'${source}' cannot be parsed from '${rest}' on`);
  };
  const take = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(rest);
    if (match === null) return undefined;
    rest = rest.slice(match[0].length).trimStart();
    return match[0].trim();
  };
  const argument = (): Call => {
    if (rest.startsWith("States.")) return call();
    const quoted = take(/^'(?:[^'\\]|\\.)*'/s);
    if (quoted !== undefined) {
      // Braces keep their backslash for Format, which gives it a meaning.
      const text = quoted.slice(1, -1).replace(/\\([^{}])/gs, "$1");
      return () => text;
    }
    const literal = take(/^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?=\s*[,)])/);
    if (literal !== undefined) {
      const value = JSON.parse(literal) as Json;
      return () => value;
    }
    const path = take(/^\$(?:\[(?:'[^']*'|"[^"]*"|[^\]])*\]|[^,()\s[])*/) ?? fail();
    return (resolve) => resolve(path);
  };
  const call = (): Call => {
    const name = take(/^States\.[A-Za-z0-9]+/) ?? fail();
    const run = FUNCTIONS[name.slice("States.".length)] ?? fail();
    if (take(/^\(/) === undefined) fail();
    const args: Call[] = [];
    while (!rest.startsWith(")")) {
      args.push(argument());
      if (take(/^,/) === undefined && !rest.startsWith(")")) fail();
    }
    take(/^\)/);
    return (resolve) => run(...args.map((arg) => arg(resolve)));
  };
  const parsed = call();
  if (rest !== "") fail();
  return parsed;
}

type Function_ = (...args: Json[]) => Json;

const FUNCTIONS: Readonly<Record<string, Function_>> = {
  Array: (...items) => items,
  ArrayPartition: (array, size) => partition(list(array), whole(size)),
  ArrayContains: (array, item) => list(array).some((other) => isDeepStrictEqual(other, item)),
  ArrayRange(first, last, by) {
    const values = range(whole(first), whole(last), whole(by));
    if (whole(by) === 0) throw new IntrinsicError("The step of States.ArrayRange must not be 0");
    if (values.length > 1000)
      throw new IntrinsicError("States.ArrayRange gives at most 1000 items");
    return values;
  },
  ArrayGetItem(array, index) {
    const item = list(array)[whole(index)];
    if (item === undefined) throw new IntrinsicError(`There is no item ${index} in the array`);
    return item;
  },
  ArrayLength: (array) => list(array).length,
  ArrayUnique: (array) => {
    const unique: Json[] = [];
    for (const item of list(array)) {
      if (!unique.some((other) => isDeepStrictEqual(other, item))) unique.push(item);
    }
    return unique;
  },
  Base64Encode: (data) => Buffer.from(text(data)).toString("base64"),
  Base64Decode: (data) => Buffer.from(text(data), "base64").toString(),
  Hash(data, algorithm) {
    const digest = hash(data ?? null, text(algorithm));
    if (digest === undefined)
      throw new IntrinsicError(`Unknown hash algorithm '${text(algorithm)}'`);
    return digest;
  },
  JsonMerge(first, second, deep) {
    if (!isObject(first) || !isObject(second))
      throw new IntrinsicError("States.JsonMerge takes two objects");
    if (deep === true)
      throw new IntrinsicError("States.JsonMerge does not merge deeply: pass false");
    return { ...first, ...second };
  },
  JsonToString: (value) => JSON.stringify(value),
  StringToJson(value) {
    if (text(value).trim() === "") return null;
    try {
      return JSON.parse(text(value)) as Json;
    } catch {
      throw new IntrinsicError(`States.StringToJson cannot parse '${text(value)}'`);
    }
  },
  MathAdd: (a, b) => whole(a) + whole(b),
  MathRandom(first, last, seed) {
    const [from, to] = [whole(first), whole(last)];
    return from + Math.floor(random(seed === undefined ? undefined : whole(seed)) * (to - from));
  },
  StringSplit(value, by) {
    const separators = new Set(text(by));
    const parts: string[] = [""];
    for (const char of text(value)) {
      if (separators.has(char)) parts.push("");
      else parts[parts.length - 1] += char;
    }
    return parts.filter((part) => part !== "");
  },
  UUID: () => uuid(),
  Format(template, ...values) {
    let next = 0;
    const filled = text(template).replace(/\\([{}])|\{\}/gs, (_, brace: string | undefined) => {
      if (brace !== undefined) return brace;
      const value = values[next++];
      if (value === undefined) throw new IntrinsicError("States.Format has fewer values than {}");
      return shown(value);
    });
    if (next < values.length) throw new IntrinsicError("States.Format has more values than {}");
    return filled;
  },
};

/** How Format writes a value: objects and arrays as Java does, without quotes. */
function shown(value: Json): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(shown).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${shown(item)}`)
    .join(", ")}}`;
}

function list(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw new IntrinsicError(`Expected an array, but was: ${JSON.stringify(value)}`);
}

function text(value: Json | undefined): string {
  if (typeof value === "string") return value;
  throw new IntrinsicError(`Expected a string, but was: ${JSON.stringify(value)}`);
}

/** AWS rounds what should be an integer. */
function whole(value: Json | undefined): number {
  if (typeof value === "number") return Math.round(value);
  throw new IntrinsicError(`Expected a number, but was: ${JSON.stringify(value)}`);
}
