import { StepError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { problemsText, schemaCheck } from "../json-schema.ts";

/** Throws `Contract.InputInvalid`, with places and expectations and no values, unless it fits. */
export function checkInput(value: Json, schema: JsonObject | true, step: string): void {
  const problems = schemaCheck(schema)(value);
  if (problems.length === 0) return;
  throw new StepError(
    "Contract.InputInvalid",
    `The input of step "${step}" does not fit its contract:\n${problemsText(problems)}`,
    { step, problems },
  );
}
