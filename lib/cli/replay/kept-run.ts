/** The folder of a run that has ended, and what is said where it cannot be replayed. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { findRun } from "../runs/find-run.ts";
import { nothingRan, readControl } from "../runs/open-control.ts";

/** `wanted` names a folder, or is the id of a run or a part of it. Throws `Failure`. */
export async function keptRun(invocation: Invocation, wanted: string): Promise<string> {
  const named = resolve(invocation.io.cwd, wanted);
  if (existsSync(join(named, "run.json"))) return named;
  return readControl(
    invocation,
    async (control) => {
      const { id, status } = await findRun(control, wanted);
      if (status !== "RUNNING") return join(invocation.dataDir, "runs", id);
      throw new Failure("RunNotEnded", `The run ${id} has not ended yet`, {
        hint: `A run is kept when it has ended. Look at it: ${invocation.suggest(`show ${id}`)}`,
      });
    },
    () => nothingRan(invocation),
  );
}

/** Makes a `Failure` of a `ReplayError`. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  const { ReplayError } = await import("../../replay/index.ts");
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    const { code, hint, message } = error;
    throw new Failure(code, message.replace(/\.$/, ""), { hint, cause: error });
  }
}
