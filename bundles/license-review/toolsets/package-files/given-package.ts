/** Which package the tools are for: the agent's own, whatever its model asks for. */
import { type Json, StepError, z } from "espalier";
import { type PackageSpec, PackageUnavailable, type Walked, walkPackage } from "./walk-package.ts";

const REGISTRY = "https://registry.npmjs.org/";

const Given = z.object({
  package: z.object({
    name: z.string(),
    version: z.string(),
    integrity: z.string().nullable(),
  }),
});

/** The package that the agent was given. Throws `Step.Failed` if it was given none. */
export function givenPackage(given: Json): PackageSpec {
  const read = Given.safeParse(given);
  if (read.success) return read.data.package;
  throw new StepError(
    "Step.Failed",
    "These tools read the package that the agent is given: with: { package: { name, version, integrity } }.",
  );
}

/** Throws `Package.Unavailable`, which the model is told. */
export async function walkGiven(
  given: Json,
  isWanted: (path: string) => boolean,
  signal: AbortSignal,
): Promise<Walked> {
  try {
    return await walkPackage(givenPackage(given), isWanted, { registry: registry(), signal });
  } catch (error) {
    if (!(error instanceof PackageUnavailable)) throw error;
    throw new StepError("Package.Unavailable", `The package cannot be read: ${error.message}.`);
  }
}

/** Set by npm for whatever it runs; so a company's own registry is asked where npm asks it. */
export function registry(): string {
  return process.env.npm_config_registry ?? REGISTRY;
}
