/** Whether a run's input keeps the workflow's contract (JSON Schema 2020-12). */
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Plan } from "../../compiler/plan.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { Json } from "../../runtime/json.ts";

const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: false });
addFormats.default(ajv);

const validators = new WeakMap<object, ValidateFunction>();

/** Throws `RequestError` `InputInvalid` with every problem, each with the place inside the input. */
export function checkInput(plan: Plan, input: Json): void {
  const schema = plan.contracts.input;
  if (schema === true) return;
  let validate = validators.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    validators.set(schema, validate);
  }
  if (validate(input)) return;
  const problems = (validate.errors ?? []).map(problemText);
  throw new RequestError(
    "InputInvalid",
    [`The input breaks the contract of "${plan.workflow}":`, ...new Set(problems)].join("\n  "),
    "The contract stands under `input:` in the bundle's workflow.yaml.",
  );
}

function problemText({ instancePath, message, params, keyword }: ErrorObject): string {
  const place = instancePath === "" ? "(the input itself)" : instancePath;
  if (keyword === "additionalProperties") {
    return `${place} has "${String(params.additionalProperty)}", which the contract does not know`;
  }
  if (keyword === "enum" || keyword === "const") {
    const allowed: unknown[] = keyword === "enum" ? params.allowedValues : [params.allowedValue];
    return `${place} must be ${allowed.map((value) => JSON.stringify(value)).join(" or ")}`;
  }
  return `${place} ${message ?? `breaks "${keyword}"`}`;
}
