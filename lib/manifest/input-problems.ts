/** Checks data that comes from outside (a run's input) against a contract, in words for people. */
import type { ErrorObject, ValidateFunction } from "ajv";
import { createAjv, pathOf } from "./json-validator.ts";
import { described, quoted } from "./quoted.ts";
import { mapSchemas, type SchemaObject } from "./schema-walk.ts";
import type { Json } from "./values.ts";

/** What is wrong at one place of a value. */
export interface InputProblem {
  /** Where: `$`, `$.components[3].name`. */
  readonly at: string;
  readonly path: readonly (string | number)[];
  /** What is expected and what was found, in one sentence. */
  readonly message: string;
}

/** More than this helps nobody; the caller sees how many there are at least. */
const MAX_PROBLEMS = 20;

/** An artifact that travels by reference, as `ArtifactRef` of `lib/runtime/ports.ts`. */
const ARTIFACT: SchemaObject = {
  type: "object",
  properties: {
    $artifact: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
    bytes: { type: "integer", minimum: 0 },
    mediaType: { type: "string", minLength: 1 },
    name: { type: "string" },
  },
  required: ["$artifact", "bytes", "mediaType"],
  additionalProperties: false,
};

/** What can only be meant as a reference; anything else is the document itself. */
const REFERENCE: SchemaObject = { type: "object", required: ["$artifact"] };

const validators = new WeakMap<SchemaObject, ValidateFunction>();

/**
 * At most 20 problems of `value` against `schema` (JSON Schema 2020-12; `true` accepts anything);
 * none means that it is valid. Where the schema says `x-artifact: true`, a reference to an artifact
 * is valid too. Throws if the schema itself is invalid: contracts are checked when they are loaded.
 */
export function inputProblems(schema: SchemaObject | true, value: Json): readonly InputProblem[] {
  if (schema === true) return [];
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = createAjv().compile(withArtifacts(schema) as SchemaObject);
    validators.set(schema, validate);
  }
  if (validate(value)) return [];
  const problems = new Map<string, InputProblem>();
  for (const error of telling(validate.errors ?? [])) {
    const path = pathOf(error.instancePath, value);
    const at = pathText(path);
    const message = messageOf(error);
    if (!problems.has(`${at} ${message}`)) problems.set(`${at} ${message}`, { at, path, message });
    if (problems.size >= MAX_PROBLEMS) break;
  }
  return [...problems.values()];
}

/** Lets a reference stand for the bytes wherever the contract wants an artifact. */
function withArtifacts(schema: SchemaObject): Json {
  return mapSchemas(schema, (part) => {
    if (part["x-artifact"] !== true) return part;
    const { "x-artifact": _marker, title, description, ...rest } = part;
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    return { if: REFERENCE, then: ARTIFACT, else: rest };
  });
}

/** Without those that only say that an alternative or a referenced schema failed, where its own errors are there. */
function telling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const groups = errors.filter((e) => e.keyword === "anyOf" || e.keyword === "oneOf");
  const inside = (error: ErrorObject, group: ErrorObject): boolean =>
    error !== group && error.schemaPath.startsWith(`${group.schemaPath}/`);
  return errors.filter((error) => {
    if (error.keyword === "if") return false;
    // An alternative's own errors contradict each other: "is text" and "is a number". Say them in one.
    return !groups.some((group) => inside(error, group));
  });
}

export function pathText(path: readonly (string | number)[]): string {
  return `$${path
    .map((part) =>
      typeof part === "number"
        ? `[${part}]`
        : /^[A-Za-z_$][\w$-]*$/.test(part)
          ? `.${part}`
          : `[${JSON.stringify(part)}]`,
    )
    .join("")}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

function messageOf(error: ErrorObject): string {
  const found = described(error.data).replace("a mapping", "an object");
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "type": {
      const types = Array.isArray(params.type) ? params.type : String(params.type).split(",");
      return `expected ${types.map((type) => TYPES[String(type)] ?? type).join(" or ")}, found ${found}`;
    }
    case "required":
      return `the property ${quoted(String(params.missingProperty))} is missing`;
    case "additionalProperties":
      return `the property ${quoted(String(params.additionalProperty))} is not expected`;
    case "unevaluatedProperties":
      return `the property ${quoted(String(params.unevaluatedProperty))} is not expected`;
    case "enum":
      return `expected one of ${(params.allowedValues as Json[]).map((v) => JSON.stringify(v)).join(", ")}, found ${found}`;
    case "const":
      return `expected ${JSON.stringify(params.allowedValue)}, found ${found}`;
    case "pattern":
      return `expected text that matches ${params.pattern}, found ${found}`;
    case "format":
      return `expected a ${params.format}, found ${found}`;
    case "anyOf":
    case "oneOf":
      return `none of the possible shapes fits, found ${found}`;
    case "false schema":
      return "nothing is allowed here";
    default:
      return `${error.message ?? error.keyword}, found ${found}`;
  }
}
