/** Contracts: JSON Schemas 2020-12 that people write, as files or inside of the manifest. */
import type { ErrorObject } from "ajv";
import type { Diagnostic } from "./diagnostic.ts";
import { inOrder } from "./grammar.ts";
import { createAjv, pathOf } from "./json-validator.ts";
import { nearest } from "./nearest.ts";
import { quoted } from "./quoted.ts";
import { displayPath, readSource } from "./read-source.ts";
import { isSchemaObject, KEYWORDS, mapSchemas, type SchemaObject } from "./schema-walk.ts";
import type { Path, SourceMap } from "./source.ts";
import { parseYaml } from "./yaml.ts";

export interface LoadedContract {
  /** Absent if there is any error. */
  readonly schema?: SchemaObject;
  /** Where the schema's parts stand; absent if the file could not be read. */
  readonly source?: SourceMap;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a contract file (YAML, or JSON: that is YAML too). Never throws for what the file holds. */
export function loadContract(path: string, file: string = displayPath(path)): LoadedContract {
  const read = readSource(path, file);
  if (read.text === undefined) return { diagnostics: [read.diagnostic] };
  const { value, source, diagnostics } = parseYaml(read.text, file);
  if (value === undefined) return { source, diagnostics };
  const all = inOrder([...diagnostics, ...checkContract(value, source)]);
  return all.length === 0
    ? { schema: value as SchemaObject, source, diagnostics: all }
    : { source, diagnostics: all };
}

/** ESP201, ESP401, ESP402: what is wrong with a schema that stands at `base` in its file. */
export function checkContract(
  value: unknown,
  source: SourceMap,
  base: Path = [],
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const find = (code: string, path: Path, message: string, hint?: string, key = false): void => {
    const full = [...base, ...path];
    const place = key ? source.keyPlaceOf(full) : source.placeOf(full);
    diagnostics.push({ code, severity: "error", message, ...(hint ? { hint } : {}), place });
  };
  if (!isSchemaObject(value)) {
    find(
      "ESP401",
      [],
      "a JSON Schema is expected here: a mapping",
      "For example { type: object }.",
    );
    return diagnostics;
  }
  const schema: SchemaObject = value;
  mapSchemas(schema, (part, path) => {
    for (const key of Object.keys(part)) {
      if (KEYWORDS.includes(key) || key.startsWith("x-")) continue;
      const near = nearest(key, KEYWORDS);
      find(
        "ESP201",
        [...path, key],
        `JSON Schema has no keyword ${quoted(key)}`,
        near ? `Did you mean "${near}"?` : "Keywords of your own begin with x-.",
        true,
      );
    }
    const patterns = [
      ...(typeof part.pattern === "string" ? [{ text: part.pattern, at: ["pattern"] }] : []),
      ...(isSchemaObject(part.patternProperties)
        ? Object.keys(part.patternProperties).map((text) => ({
            text,
            at: ["patternProperties", text],
          }))
        : []),
    ];
    for (const { text, at } of patterns) {
      const wrong = patternError(text);
      if (wrong) find("ESP401", [...path, ...at], `this is no regular expression: ${wrong}`);
    }
    const ref = part.$ref;
    if (typeof ref === "string" && !ref.startsWith("#")) {
      find(
        "ESP402",
        [...path, "$ref"],
        `${quoted(ref)} is another document; a contract is complete in itself`,
        "Copy what it names under $defs and refer to it as #/$defs/NAME.",
      );
    }
    return part;
  });
  if (diagnostics.length > 0) return diagnostics;
  const ajv = createAjv();
  if (!ajv.validateSchema(schema)) {
    for (const error of relevant(ajv.errors ?? [])) {
      const path = pathOf(error.instancePath, schema);
      find("ESP401", path, `this is no valid JSON Schema: ${ruleOf(error)}`);
    }
    return diagnostics;
  }
  try {
    ajv.compile(schema);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    find("ESP401", [], `this is no valid JSON Schema: ${quoted(message).slice(1, -1)}`);
  }
  return diagnostics;
}

/** Why a text is no regular expression (of ECMA-262, with Unicode, as JSON Schema wants it). */
function patternError(text: string): string | undefined {
  try {
    new RegExp(text, "u");
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.slice(message.lastIndexOf(": ") + 2).toLowerCase();
  }
}

/** Of the errors about one value, the most telling one; the rest follow from its alternatives. */
function relevant(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const best = new Map<string, ErrorObject>();
  for (const error of errors) {
    const before = best.get(error.instancePath);
    if (!before || (before.keyword !== "enum" && error.keyword === "enum")) {
      best.set(error.instancePath, error);
    }
  }
  return [...best.values()];
}

function ruleOf(error: ErrorObject): string {
  const allowed = (error.params as { allowedValues?: readonly string[] }).allowedValues;
  if (error.keyword === "enum" && allowed) {
    const near = typeof error.data === "string" ? nearest(error.data, allowed) : undefined;
    const what = typeof error.data === "string" ? quoted(error.data) : "this value";
    return near
      ? `${what} is not possible here, perhaps ${near}`
      : `${what} is none of ${allowed.join(", ")}`;
  }
  return error.message ?? error.keyword;
}
