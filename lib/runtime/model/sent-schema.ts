/** Contracts as services take them: what a service does not know is left to our own check. */
import type { Json, JsonObject } from "../json.ts";

/** Constraints that structured output on Bedrock refuses. */
const NOT_IN_GRAMMARS: ReadonlySet<string> = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "minContains",
  "maxContains",
]);

/** Keywords whose value is a mapping of schemas by names of people's own. */
const NAMED: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "dependentSchemas",
]);
/** Keywords whose value is data. */
const DATA: ReadonlySet<string> = new Set(["const", "enum", "default", "examples", "required"]);

/** Each request sends the same schemas. */
const known = {
  plain: new WeakMap<JsonObject, JsonObject>(),
  grammar: new WeakMap<JsonObject, JsonObject>(),
};

/**
 * A copy without our own annotations (`x-…`). `grammar`: also without constraints that cannot be
 * turned into a grammar, and with every object closed, as Bedrock demands; what was left out is said
 * in the description. The same schema gets the same copy, which nobody may change.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
export function sentSchema(schema: JsonObject, kind: "plain" | "grammar"): JsonObject {
  const before = known[kind].get(schema);
  if (before) return before;
  const sent = convert(schema, kind);
  known[kind].set(schema, sent);
  return sent;
}

function convert(schema: JsonObject, kind: "plain" | "grammar"): JsonObject {
  const kept: [string, Json][] = [];
  const left: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith("x-") || key === "$schema" || key === "$id") continue;
    const isRefused =
      NOT_IN_GRAMMARS.has(key) || (key === "minItems" && typeof value === "number" && value > 1);
    if (kind === "grammar" && isRefused) left.push(`${key}: ${JSON.stringify(value)}`);
    else kept.push([key, DATA.has(key) ? value : sentMember(key, value, kind)]);
  }
  const sent = Object.fromEntries(kept);
  if (kind === "grammar" && isObjectSchema(sent)) sent.additionalProperties = false;
  if (left.length > 0) {
    const before = typeof sent.description === "string" ? `${sent.description} ` : "";
    sent.description = `${before}(${left.join(", ")})`;
  }
  return sent;
}

function sentMember(key: string, value: Json, kind: "plain" | "grammar"): Json {
  if (Array.isArray(value)) {
    return value.map((each) => (isMapping(each) ? convert(each, kind) : each));
  }
  if (!isMapping(value)) return value;
  if (!NAMED.has(key)) return convert(value, kind);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      isMapping(each) ? convert(each, kind) : each,
    ]),
  );
}

/** Whether every object in it is closed and has no optional property: what OpenAI calls strict. */
export function isStrictSchema(schema: Json): boolean {
  if (Array.isArray(schema)) return schema.every(isStrictSchema);
  if (!isMapping(schema)) return true;
  if (isObjectSchema(schema)) {
    const names = Object.keys(
      isMapping(schema.properties ?? null) ? (schema.properties ?? {}) : {},
    );
    const required = Array.isArray(schema.required) ? schema.required : [];
    if (schema.additionalProperties !== false) return false;
    if (!names.every((name) => required.includes(name))) return false;
  }
  return Object.entries(schema).every(([key, value]) => {
    if (DATA.has(key)) return true;
    return NAMED.has(key) && isMapping(value)
      ? Object.values(value).every(isStrictSchema)
      : isStrictSchema(value);
  });
}

function isObjectSchema(schema: JsonObject): boolean {
  return schema.type === "object" || schema.properties !== undefined;
}

function isMapping(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
