/**
 * JSONPath as the States Language uses it: reference paths, slices, wildcards, descent, filters.
 * A path that can only name one value is definite; any other yields the list of what it finds.
 */
import { isObject, type Json } from "../json.ts";
import { parseFilter, type Test } from "./path-filter.ts";

export type Segment =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "slice"; readonly from?: number; readonly to?: number; readonly step: number }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly test: Test }
  | { readonly kind: "descend" };

export interface Path {
  readonly source: string;
  /** `$` the input, `$$` the context object, or the name of a variable. */
  readonly root: string;
  readonly definite: boolean;
  /** Undefined if a definite path finds nothing. */
  select(root: Json): Json | undefined;
  /** The names and indexes of a reference path, for ResultPath; undefined for any other. */
  readonly reference: readonly (string | number)[] | undefined;
}

export class PathSyntaxError extends Error {}

const ROOT = /^\$(\$|[A-Za-z_][A-Za-z0-9_]*)?/;
const NAME = /^[^\s.[\]()'"*?@,:]+/;

export function parsePath(source: string): Path {
  const root = ROOT.exec(source)?.[0];
  if (root === undefined) throw new PathSyntaxError(`'${source}' does not begin with $`);
  const segments = parseSegments(source.slice(root.length), source);
  const definite = segments.every((segment) => single(segment) !== undefined);
  return {
    source,
    root: root.length > 1 && root !== "$$" ? root.slice(1) : root,
    definite,
    select(value) {
      const found = stepAll(segments, value);
      return definite ? found[0] : found;
    },
    reference: definite ? segments.map((segment) => single(segment) as string | number) : undefined,
  };
}

function single(segment: Segment): string | number | undefined {
  if (segment.kind === "names" && segment.names.length === 1) return segment.names[0];
  if (segment.kind === "indexes" && segment.indexes.length === 1) return segment.indexes[0];
  return undefined;
}

/** Also parses what follows `@` in a filter. */
export function parseSegments(text: string, source: string): readonly Segment[] {
  const segments: Segment[] = [];
  let rest = text;
  const fail = (): never => {
    throw new PathSyntaxError(`'${source}' cannot be parsed from '${rest}' on`);
  };
  while (rest !== "") {
    if (rest.startsWith("..")) {
      segments.push({ kind: "descend" });
      rest = rest.slice(rest.startsWith("..[") ? 2 : 1);
      continue;
    }
    if (rest.startsWith(".*")) {
      segments.push({ kind: "all" });
      rest = rest.slice(2);
    } else if (rest.startsWith(".")) {
      const name = NAME.exec(rest.slice(1))?.[0] ?? fail();
      segments.push({ kind: "names", names: [name] });
      rest = rest.slice(1 + name.length);
    } else if (rest.startsWith("[")) {
      const end = closing(rest);
      if (end < 0) fail();
      segments.push(parseBracket(rest.slice(1, end).trim(), source));
      rest = rest.slice(end + 1);
    } else fail();
  }
  return segments;
}

/** Where the bracket that a text begins with closes; quotes may hold brackets. */
function closing(text: string): number {
  let depth = 0;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quote !== "") {
      if (char === "\\") i++;
      else if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else if (char === "[") depth++;
    else if (char === "]" && --depth === 0) return i;
  }
  return -1;
}

function parseBracket(inner: string, source: string): Segment {
  if (inner === "*") return { kind: "all" };
  const filter = /^\?\s*\((.*)\)$/s.exec(inner)?.[1];
  if (filter !== undefined) return { kind: "filter", test: parseFilter(filter, source) };
  if (/^-?\d+(\s*,\s*-?\d+)*$/.test(inner)) {
    return { kind: "indexes", indexes: inner.split(",").map(Number) };
  }
  const slice = /^(-?\d+)?\s*:\s*(-?\d+)?(?:\s*:\s*(\d+)?)?$/.exec(inner);
  if (slice !== null) {
    const [, from, to, by] = slice;
    return {
      kind: "slice",
      ...(from === undefined ? {} : { from: Number(from) }),
      ...(to === undefined ? {} : { to: Number(to) }),
      step: Math.max(1, Number(by ?? 1)),
    };
  }
  const names = [...inner.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/gs)];
  if (
    names.length > 0 &&
    names.map(([whole]) => whole).join(",") === inner.replace(/\s*,\s*/g, ",")
  ) {
    return {
      kind: "names",
      names: names.map(([, one, two]) =>
        one === undefined ? (two ?? "").replaceAll('\\"', '"') : one.replaceAll("\\'", "'"),
      ),
    };
  }
  throw new PathSyntaxError(`'${source}' has a part that cannot be parsed: [${inner}]`);
}

export function stepAll(segments: readonly Segment[], value: Json): Json[] {
  let found: Json[] = [value];
  for (const segment of segments) found = found.flatMap((item) => step(segment, item));
  return found;
}

function step(segment: Segment, value: Json): Json[] {
  switch (segment.kind) {
    case "names":
      return segment.names.flatMap((name) =>
        isObject(value) && Object.hasOwn(value, name) ? [value[name] as Json] : [],
      );
    case "indexes":
      if (!Array.isArray(value)) return [];
      // AWS reads null past the end of an array.
      return segment.indexes.map((index) => (value as readonly Json[]).at(index) ?? null);
    case "slice": {
      if (!Array.isArray(value)) return [];
      const cut = (value as readonly Json[]).slice(segment.from, segment.to);
      return cut.filter((_, i) => i % segment.step === 0);
    }
    case "all":
      return childrenOf(value);
    case "filter":
      return (Array.isArray(value) ? childrenOf(value) : [value]).filter(segment.test);
    case "descend":
      return descend(value);
  }
}

function childrenOf(value: Json): Json[] {
  if (Array.isArray(value)) return [...(value as readonly Json[])];
  return isObject(value) ? Object.values(value) : [];
}

function descend(value: Json): Json[] {
  return [value, ...childrenOf(value).flatMap(descend)];
}

/** A copy of `target` with `value` at a reference path; what is missing on the way is made. */
export function place(target: Json, path: readonly (string | number)[], value: Json): Json {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (typeof head === "number") {
    if (!Array.isArray(target))
      throw new PathSyntaxError("the path names an index where there is no array");
    const copy = [...(target as readonly Json[])];
    copy[head] = place(copy[head] ?? {}, rest, value);
    return copy;
  }
  if (!isObject(target))
    throw new PathSyntaxError("the path leads through a value that is no object");
  return {
    ...target,
    [head]: place(Object.hasOwn(target, head) ? (target[head] as Json) : {}, rest, value),
  };
}
