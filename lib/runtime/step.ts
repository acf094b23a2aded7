/** `step({...})`: what a handler file of a bundle exports by default. */
import type * as z from "zod";
import { parseWithArtifacts } from "./artifact.ts";
import type { StepContext } from "./context.ts";
import { contractOf, type StepContract } from "./contract.ts";
import { markAsStep, type Parsed, type StepDefinition } from "./step-definition.ts";

export interface StepOptions<Input extends z.ZodType, Output extends z.ZodType> {
  readonly input: Input;
  readonly output: Output;
  /**
   * Does the work. Its result is validated and serialized as JSON. What it throws becomes the error
   * that the manifest retries or catches: a `StepError` under its own name, others as `Step.Failed`.
   */
  run(input: z.output<Input>, context: StepContext): Promise<z.input<Output>> | z.input<Output>;
}

/** Declares a step: its contract, and the function that fulfils it. */
export function step<Input extends z.ZodType, Output extends z.ZodType>(
  options: StepOptions<Input, Output>,
): StepDefinition<Input, Output> {
  const { input, output } = options;
  let contract: StepContract | undefined;
  const definition: StepDefinition<Input, Output> = {
    input,
    output,
    run: (value, context) => options.run(value, context),
    contract: () => {
      contract ??= contractOf(input, output);
      return contract;
    },
    parseInput: (value, artifacts) =>
      parseWithArtifacts("input", artifacts, () => parse(input, value)),
    parseOutput: (value, artifacts) =>
      parseWithArtifacts("output", artifacts, () => parse(output, value)),
  };
  return markAsStep(definition);
}

async function parse(schema: z.ZodType, value: unknown): Promise<Parsed> {
  // With its input, an issue says what was found.
  const result = await schema.safeParseAsync(value, { reportInput: true });
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, issues: result.error.issues };
}
