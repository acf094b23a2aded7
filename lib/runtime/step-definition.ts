/** A step as the wrapper sees it. Free of zod's code, because every function loads this file. */
import type * as z from "zod";
import type { StepContext } from "./context.ts";
import type { StepContract } from "./contract.ts";
import type { Artifacts } from "./ports.ts";

export interface StepDefinition<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> {
  readonly input: Input;
  readonly output: Output;
  run(input: z.output<Input>, context: StepContext): Promise<z.input<Output>> | z.input<Output>;
  /** The contract as JSON Schema 2020-12. Throws `ContractError`, naming all places at once. */
  contract(): StepContract;
  parseInput(value: unknown, artifacts: Pick<Artifacts, "open">): Promise<Parsed>;
  parseOutput(value: unknown, artifacts: Pick<Artifacts, "open">): Promise<Parsed>;
}

export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };

/** A global symbol: the handler's bundle and the wrapper each carry a copy of this file. */
const STEP = Symbol.for("espalier.step");

/** Marks what `step` makes. */
export function markAsStep<T extends object>(definition: T): T {
  return Object.defineProperty(definition, STEP, { value: true });
}

/** Whether a module's default export was made by `step`. */
export function isStepDefinition(value: unknown): value is StepDefinition {
  return typeof value === "object" && value !== null && STEP in value;
}
