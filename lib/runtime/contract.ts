/** A step's contract as JSON Schema: what the compiler checks along `with`. */
import * as z from "zod";
import type { JsonObject } from "./json.ts";

export interface StepContract {
  /** What the step accepts: JSON Schema 2020-12. */
  readonly input: JsonObject;
  /** What the step hands on, defaults filled in. */
  readonly output: JsonObject;
}

/** A contract holds types that JSON has no word for. */
export class ContractError extends Error {
  override readonly name = "ContractError";
  readonly problems: readonly ContractProblem[];

  constructor(problems: readonly ContractProblem[]) {
    super(problems.map(({ side, path, message }) => `${side}${path}: ${message}`).join("\n"));
    this.problems = problems;
  }
}

export interface ContractProblem {
  readonly side: "input" | "output";
  /** Place in the contract: `.packages[].seen`, empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/**
 * The input as what it accepts before parsing, the output as what results from it. An artifact is
 * marked `x-artifact: true`. Throws `ContractError` with every place that cannot be expressed.
 */
export function contractOf(input: z.ZodType, output: z.ZodType): StepContract {
  const problems: ContractProblem[] = [];
  const contract = {
    input: toJsonSchema("input", input, problems),
    output: toJsonSchema("output", output, problems),
  };
  if (problems.length > 0) throw new ContractError(problems);
  return contract;
}

function toJsonSchema(
  side: ContractProblem["side"],
  schema: z.ZodType,
  problems: ContractProblem[],
): JsonObject {
  const json = z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io: side,
    unrepresentable: ({ zodSchema, path }) => {
      const known = representation(side, zodSchema);
      if (known) return known;
      problems.push({
        side,
        path: placeOf(path),
        message: adviceOn(side, zodSchema._zod.def.type),
      });
      return "any";
    },
  });
  return json as JsonObject;
}

/** The shape of a reference; an input may also hold the document itself. */
const ARTIFACT_OUTPUT: z.core.JSONSchema.BaseSchema = {
  type: "object",
  properties: {
    $artifact: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
    bytes: { type: "integer", minimum: 0 },
    mediaType: { type: "string" },
    name: { type: "string" },
  },
  required: ["$artifact", "bytes", "mediaType"],
};

function representation(
  side: ContractProblem["side"],
  schema: z.core.$ZodType,
): z.core.JSONSchema.BaseSchema | undefined {
  if (z.globalRegistry.get(schema)?.["x-artifact"] === true) {
    return side === "input" ? { "x-artifact": true } : { ...ARTIFACT_OUTPUT, "x-artifact": true };
  }
  if (schema._zod.def.type === "date") {
    // JSON.stringify writes a Date as ISO 8601; on the way in only z.coerce.date() reads one.
    if (side === "output") return { type: "string", format: "date-time" };
    if ("coerce" in schema._zod.def && schema._zod.def.coerce) return { type: "string" };
  }
  return undefined;
}

function adviceOn(side: ContractProblem["side"], type: string): string {
  const what = `${type} cannot be written as JSON`;
  switch (type) {
    case "date":
      return `${what}; take z.iso.datetime(), or z.coerce.date() for a Date`;
    case "bigint":
      return `${what}; take a string of digits, or z.int()`;
    case "map":
      return `${what}; take z.record(...)`;
    case "set":
      return `${what}; take z.array(...)`;
    case "undefined":
    case "void":
      return `${what}; take .optional() or z.null()`;
    case "transform":
      return side === "output"
        ? "what a transform results in is unknown; say it with .pipe(SCHEMA) after it"
        : "what a transform accepts is unknown; put a schema before it: SCHEMA.transform(...)";
    case "custom":
      return "a custom schema says nothing about its shape; refine a known one: z.string().refine(...)";
    default:
      return what;
  }
}

/** `["packages", 0, "seen"]` of a JSON Schema path → `.packages[].seen`. */
function placeOf(path: readonly (string | number)[]): string {
  let place = "";
  for (let index = 0; index < path.length; index++) {
    const part = path[index];
    if (part === "properties") place += `.${path[++index]}`;
    else if (part === "items" || part === "prefixItems") place += "[]";
    else if (part === "additionalProperties" || part === "patternProperties") place += "{}";
  }
  return place;
}
