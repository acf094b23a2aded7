/** Checks a value against a grammar (a zod schema), and says in our words what does not fit. */
import type { z } from "zod";
import type { Diagnostic } from "./diagnostic.ts";
import { type Finding, findingOf } from "./issue.ts";
import { nearest } from "./nearest.ts";
import { described, quoted } from "./quoted.ts";
import type { Path, SourceMap } from "./source.ts";
import { STEP_SCHEMAS } from "./step.ts";
import { INSTEAD_OF_TEXT } from "./values.ts";

type Issue = z.core.$ZodIssue;

/** A finding, where in the value it is, and whether its key or its value is meant. */
interface Placed extends Finding {
  readonly path: Path;
}

export type Checked<T> =
  | { readonly data: T; readonly diagnostics: readonly [] }
  | { readonly data?: undefined; readonly diagnostics: readonly Diagnostic[] };

/** All findings of a value against `schema`, ESP2xx, ESP702 and ESP9xx, in the order of the file. */
export function checkGrammar<T>(
  schema: z.ZodType<T>,
  value: unknown,
  source: SourceMap,
): Checked<T> {
  const result = schema.safeParse(value, { error: knownKeys });
  if (result.success) return { data: result.data, diagnostics: [] };
  const diagnostics = result.error.issues
    .flatMap((found) => findings(found, value, []))
    .map(({ path, atKey, code, message, hint }): Diagnostic => {
      const place = atKey ? source.keyPlaceOf(path) : source.placeOf(path);
      return { code, severity: "error", message, ...(hint ? { hint } : {}), place };
    });
  return { diagnostics: inOrder(diagnostics) };
}

/** By place, without repetitions. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics
    .filter((d) => {
      const key = `${d.code} ${d.place?.file}:${d.place?.line}:${d.place?.column} ${d.message}`;
      return seen.has(key) ? false : seen.add(key);
    })
    .map((diagnostic, index) => ({ diagnostic, index }))
    .sort(({ diagnostic: a, index: i }, { diagnostic: b, index: j }) => {
      const [p, q] = [a.place, b.place];
      if (!p || !q || p.file !== q.file) return i - j;
      return p.line - q.line || p.column - q.column || i - j;
    })
    .map(({ diagnostic }) => diagnostic);
}

/** zod tells which keys were unknown, but not which it knows: they travel in the issue's message. */
const knownKeys: z.core.$ZodErrorMap = (found) => {
  if (found.code !== "unrecognized_keys") return undefined;
  const def = found.inst?._zod.def;
  const shape = def && "shape" in def ? (def.shape as Record<string, unknown>) : {};
  return Object.keys(shape).join(" ");
};

function findings(found: Issue, root: unknown, base: Path): Placed[] {
  const path: Path = [...base, ...found.path.map((part) => (typeof part === "symbol" ? "" : part))];
  const value = valueAt(root, path);
  const at = (finding: Finding): Placed[] => [{ ...finding, path }];
  switch (found.code) {
    case "custom": {
      const own = findingOf(found.params);
      if (own === undefined && value === undefined && path.length > 0) return [missingKey(path)];
      return at(own ?? { code: "ESP203", message: "this value is not possible here" });
    }
    case "unrecognized_keys":
      return found.keys.map((key) => unknownKey(key, found.message.split(" "), path, value));
    case "invalid_type":
      if (value === undefined && path.length > 0) return [missingKey(path)];
      return at(wrongType(found.expected, value, found.message));
    case "invalid_value":
      if (value === undefined && path.length > 0) return [missingKey(path)];
      return at(notOneOf(found.values.map(String), value));
    case "invalid_union":
      if (value === undefined && path.length > 0) return [missingKey(path)];
      // By a key that tells the shapes apart, and says none of theirs.
      if ("options" in found) return at(notOneOf((found.options ?? []).map(String), value));
      return likeliest(found.errors).flatMap((error) => findings(error, root, path));
    case "invalid_key":
      return found.issues.flatMap((error) =>
        findings({ ...error, path: [] } as Issue, root, path).map((f) => ({ ...f, atKey: true })),
      );
    case "invalid_element":
      return found.issues.flatMap((error) => findings(error as Issue, root, path));
    case "too_small":
    case "too_big":
      return at(outOfRange(found, value));
    case "invalid_format":
      return at(badFormat(found, value));
    case "not_multiple_of":
      return at({ code: "ESP204", message: `${described(value)} is not possible here` });
    default:
      found satisfies never;
      return [];
  }
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.hasOwn(value, part)
      ? (value as Record<string | number, unknown>)[part]
      : undefined;
  }
  return value;
}

/** Of several shapes that a value might have had, the one that it comes closest to. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const distance = (issues: readonly Issue[]): number => {
    if (issues.some((i) => i.path.length === 0 && i.code === "invalid_type")) return 1000;
    return issues.reduce(
      (sum, i) =>
        sum + (i.code === "unrecognized_keys" ? strangeness(i) : i.path.length > 1 ? 0.1 : 1),
      0,
    );
  };
  const [best, second] = branches
    .map((issues) => ({ issues, distance: distance(issues) }))
    .sort((a, b) => a.distance - b.distance);
  if (best?.distance === 1000 && second) {
    // Nothing fits at all: name the kinds of values that would.
    const expected = branches.flatMap((issues) =>
      issues.flatMap((i) => (i.code === "invalid_type" && i.path.length === 0 ? [i.expected] : [])),
    );
    return [
      {
        code: "invalid_type",
        expected: [...new Set(expected)].join("|") as "string",
        path: [],
        message: branches.flat().find((i) => i.message in INSTEAD_OF_TEXT)?.message ?? "",
        input: undefined,
      },
    ];
  }
  return best?.issues ?? [];
}

/** A slip of the pen tells which shape was meant; an unknown word does not. */
function strangeness(found: Extract<Issue, { code: "unrecognized_keys" }>): number {
  const known = found.message.split(" ");
  return found.keys.reduce((sum, key) => sum + (nearest(key, known) ? 5 : 10), 0);
}

function unknownKey(key: string, known: readonly string[], path: Path, parent: unknown): Placed {
  const keys = known.filter((name) => name !== "kind" && name !== "");
  const at = { path: [...path, key], atKey: true };
  const kind = stepKind(known, parent);
  if (kind !== undefined && key in ELSEWHERE) {
    const kinds = ELSEWHERE[key] ?? [];
    return {
      ...at,
      code: "ESP207",
      message: `"${key}" means nothing on ${/^[ae]/.test(kind) ? "an" : "a"} ${kind} step`,
      hint: `It belongs to ${list(kinds)} steps.`,
    };
  }
  const near = nearest(key, keys);
  return {
    ...at,
    code: "ESP201",
    message: `the key ${quoted(key.trimEnd())} is unknown here`,
    hint: near ? `Did you mean "${near}"?` : `Known keys are ${list(keys, "and")}.`,
  };
}

/** Key of steps → the kinds of steps that have it. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = kindsByKey();

function kindsByKey(): Record<string, string[]> {
  const kinds: Record<string, string[]> = {};
  for (const [kind, schema] of Object.entries(STEP_SCHEMAS)) {
    for (const key of Object.keys(schema.shape)) {
      if (key !== "kind" && key !== kind) kinds[key] = [...(kinds[key] ?? []), kind];
    }
  }
  return kinds;
}

function stepKind(known: readonly string[], parent: unknown): string | undefined {
  if (!known.includes("kind") || typeof parent !== "object" || parent === null) return undefined;
  return Object.keys(STEP_SCHEMAS).find((kind) => Object.hasOwn(parent, kind));
}

function missingKey(path: Path): Placed {
  const key = path.at(-1);
  return {
    path: path.slice(0, -1),
    code: "ESP202",
    message: `the key "${key}" is missing here`,
    hint: `Add \`${key}: …\`.`,
  };
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function wrongType(expected: string, value: unknown, meant: string): Finding {
  const names = [...new Set(expected.split("|").map((type) => TYPES[type] ?? type))];
  const scalar = typeof value === "number" || typeof value === "boolean";
  if (meant === INSTEAD_OF_TEXT.duration && typeof value === "number") {
    return {
      code: "ESP211",
      message: `${described(value)} is no duration`,
      hint: `Write the unit too: ${value}s, ${value}m, ${value}h or ${value}d.`,
    };
  }
  if (meant === INSTEAD_OF_TEXT.rate && typeof value === "number") {
    return {
      code: "ESP203",
      message: `calls in a time are expected here, found ${described(value)}`,
      hint: `Write the time too: ${value}/s, ${value}/m, ${value}/h or ${value}/d.`,
    };
  }
  if (meant === INSTEAD_OF_TEXT.expression && scalar) {
    return {
      code: "ESP214",
      message: `an expression between {% and %} is expected here, found ${described(value)}`,
      hint: `Write "{% ${value} %}".`,
    };
  }
  return {
    code: "ESP203",
    message: `${list(names)} is expected here, found ${described(value)}`,
    ...(expected === "string" && scalar ? { hint: `Put it in quotes: "${value}".` } : {}),
  };
}

function notOneOf(values: readonly string[], value: unknown): Finding {
  if (values.length === 1 && values[0]?.startsWith("espalier/")) {
    return {
      code: "ESP213",
      message: `${described(value)} is no apiVersion that this version of Espalier reads`,
      hint: `Write ${values[0]}.`,
    };
  }
  const near = typeof value === "string" ? nearest(value, values) : undefined;
  return {
    code: "ESP204",
    message: `${described(value)} is not possible here`,
    hint: near ? `Did you mean ${near}?` : `Possible are ${list(values, "and")}.`,
  };
}

function outOfRange(
  found: Extract<Issue, { code: "too_small" | "too_big" }>,
  value: unknown,
): Finding {
  const small = found.code === "too_small";
  const bound = Number(small ? found.minimum : found.maximum);
  const [size, unit] =
    found.origin === "string"
      ? ["length", " characters"]
      : found.origin === "array"
        ? ["length", bound === 1 ? " entry" : " entries"]
        : ["value", ""];
  if (small && size === "length" && bound === 1) {
    return {
      code: "ESP204",
      message: `${found.origin === "array" ? "a list" : "text"} with something in it is expected here`,
    };
  }
  return {
    code: "ESP204",
    message: `${described(value)} is too ${size === "length" ? (small ? "short" : "long") : small ? "small" : "large"}`,
    hint: `At ${small ? "least" : "most"} ${bound.toLocaleString("en")}${unit}${found.inclusive === false ? " (exclusive)" : ""} ${bound === 1 ? "is" : "are"} possible.`,
  };
}

const FORMATS: Readonly<Record<string, string>> = { date: "Write a date such as 2027-01-31." };

function badFormat(found: Extract<Issue, { code: "invalid_format" }>, value: unknown): Finding {
  const expected = FORMATS[found.format];
  const hint = expected ?? (found.message.startsWith("Write ") ? found.message : undefined);
  return {
    code: "ESP204",
    message: `${described(value)} is not possible here`,
    ...(hint ? { hint } : {}),
  };
}

function list(names: readonly string[], word = "or"): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}
