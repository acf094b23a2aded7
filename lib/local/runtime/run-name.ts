/** Names of runs: which may be given, and which are taken. */
import { RequestError } from "../../runtime/errors.ts";
import { getRun } from "../../runtime/runs.ts";
import type { RuntimeParts } from "./open-parts.ts";
import { pulledRun } from "./pulled-runs.ts";

/** The characters that Step Functions, paths and shells all take as they are. */
export function checkRunName(name: string): void {
  if (/^[A-Za-z0-9_-]{1,80}$/.test(name)) return;
  throw new RequestError(
    "NameInvalid",
    `${JSON.stringify(name)} is no name for a run.`,
    "Use 1 to 80 letters, digits, dashes and underscores.",
  );
}

/** Runs are found by their name alone, so it is taken for all workflows at once. */
export async function checkFree(
  name: string,
  workflow: string,
  { ports, runs }: Pick<RuntimeParts, "ports" | "runs">,
): Promise<void> {
  try {
    const standing = await getRun(name, ports);
    const isTaken = standing.workflow !== workflow || (await pulledRun(runs, name));
    if (isTaken) throw runExists(name, standing.workflow);
  } catch (error) {
    if (!(error instanceof RequestError && error.code === "RunNotFound")) throw error;
  }
}

export function runExists(name: string, workflow: string): RequestError {
  return new RequestError(
    "RunExists",
    `There is a run "${name}" already, of "${workflow}" and with another input.`,
    "Choose another name, or none: then one is made.",
  );
}
