import type { Plan } from "../../compiler/plan.ts";
import { inputProblems } from "../../manifest/input-problems.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { Json } from "../../runtime/json.ts";

/** Throws `RequestError` `InputInvalid` with every problem, each with the place inside the input. */
export function checkInput(plan: Plan, input: Json): void {
  const problems = inputProblems(plan.contracts.input, input);
  if (problems.length === 0) return;
  throw new RequestError(
    "InputInvalid",
    [
      `The input breaks the contract of "${plan.workflow}":`,
      ...problems.map(({ at, message }) => `${at}: ${message}`),
    ].join("\n  "),
    "The contract stands under `input:` in the bundle's workflow.yaml.",
  );
}
