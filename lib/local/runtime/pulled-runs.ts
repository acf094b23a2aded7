/** Runs that ran elsewhere and were pulled: the engine does not know them, their folders do. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Plan } from "../../compiler/plan.ts";
import type { RunDetail, RunEvent } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { Json } from "../../runtime/json.ts";
import { PULLED_FILE } from "../../runtime/pulled-run.ts";
import { PLAN_FILE, SNAPSHOT_FILES } from "../../runtime/run-snapshot.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import { runFolder } from "./run-folder.ts";

const decompress = promisify(gunzip);

export interface PulledRun {
  readonly detail: Pick<RunDetail, "input" | "output" | "waitingFor" | "steps" | "location">;
  readonly journals: RunJournals;
  events(): Promise<readonly RunEvent[]>;
}

/** Undefined for a run of this data folder's own. */
export async function pulledRun(runs: string, id: string): Promise<PulledRun | undefined> {
  const folder = runFolder(runs, id);
  const isPulled = await readFile(join(folder, PULLED_FILE)).catch(() => undefined);
  if (isPulled === undefined) return undefined;
  const json = async (file: string) => JSON.parse(await readFile(join(folder, file), "utf8"));
  const envelope = (await json(SNAPSHOT_FILES.input)) as { readonly input?: Json } | null;
  const { steps } = (await json(PLAN_FILE)) as Plan;
  return {
    detail: {
      ...{ input: envelope?.input ?? null, output: (await json(SNAPSHOT_FILES.output)) as Json },
      ...{ waitingFor: [], steps, location: folder },
    },
    journals: (await json(SNAPSHOT_FILES.journals)) as RunJournals,
    async events() {
      const text = await decompress(await readFile(join(folder, SNAPSHOT_FILES.history)));
      const lines = text.toString().split("\n").slice(0, -1);
      return lines.map((line) => JSON.parse(line) as RunEvent);
    },
  };
}

/** Throws `RequestError` with this code for a run that is here only to be looked at. */
export async function checkOwn(
  runs: string,
  id: string,
  code: "RunNotStoppable" | "RunNotRedrivable",
): Promise<void> {
  if (!(await pulledRun(runs, id))) return;
  const hint = "Name where it ran with --environment.";
  throw new RequestError(code, `The run "${id}" ran elsewhere, and was pulled.`, hint);
}
