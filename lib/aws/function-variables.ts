/** The environment variables of a deployed function. */
import { VARIABLES } from "../runtime/deployed.ts";
import type { Effect } from "../runtime/effect.ts";

export type VariableName = keyof typeof VARIABLES;

/** Throws an `Error` that names the variable if it is absent or empty. */
export function variable(name: VariableName, variables = process.env): string {
  const value = variables[VARIABLES[name]];
  if (value !== undefined && value !== "") return value;
  throw new Error(
    `The environment variable ${VARIABLES[name]} is not set. Espalier's constructs set it; ` +
      "lib/constructs/README.md says which function needs which.",
  );
}

export function optionalVariable(name: VariableName, variables = process.env): string | undefined {
  const value = variables[VARIABLES[name]];
  return value === "" ? undefined : value;
}

const EFFECTS: readonly Effect[] = ["none", "read", "write", "send", "delete"];

/** Throws an `Error` for any other text. */
export function effectOf(variables = process.env): Effect {
  return oneOf(EFFECTS, variable("effect", variables));
}

/** The one of `allowed` that was found. Throws an `Error` that names them. */
export function oneOf<T extends string>(allowed: readonly T[], found: string): T {
  const known = allowed.find((one) => one === found);
  if (known !== undefined) return known;
  throw new Error(`Expected ${allowed.join(", ")}; a variable of the function says "${found}".`);
}
