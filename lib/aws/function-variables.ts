/** The environment variables of a deployed function. */
import { VARIABLES } from "../runtime/deployed.ts";

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
