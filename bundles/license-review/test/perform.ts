/** Runs one step after the other in one world, with the bundle's policy or another one. */
import { fileURLToPath } from "node:url";
import type { StepDefinition, z } from "espalier";
import { makeTestWorld, runStep } from "espalier/testing";
import { POLICY_FILE } from "../code/policy/policy.ts";

const BUNDLE = fileURLToPath(new URL("..", import.meta.url));

export const world = makeTestWorld();

/** What the step hands on; small enough here that no value is stored apart. */
export async function perform<Output extends z.ZodType>(
  step: StepDefinition<z.ZodType, Output>,
  input: unknown,
  policy?: string,
): Promise<z.input<Output>> {
  return (await runStep(step as StepDefinition, input, {
    world,
    run: { startedAt: "2026-11-21T10:00:00.000Z" },
    files: policy === undefined ? BUNDLE : { [POLICY_FILE]: policy },
  })) as z.input<Output>;
}
