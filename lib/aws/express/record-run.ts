/** Takes an express run from the log into the index of runs and, once it has ended, its snapshot. */
import { setTimeout as sleep } from "node:timers/promises";
import { expressExecution } from "../../runtime/express.ts";
import { getRun, recordStatus } from "../../runtime/runs.ts";
import type { lazyLogs } from "../lazy-logs.ts";
import { type SnapshotWorld, writeRunSnapshot } from "../write-run-snapshot.ts";
import { type LoggedRun, readLog } from "./read-log.ts";
import { expressReport } from "./report.ts";

export interface ExpressWorld extends SnapshotWorld {
  readonly clients: SnapshotWorld["clients"] & { readonly logs: ReturnType<typeof lazyLogs> };
  readonly environment: string;
}

/** Events reach the log one by one, and what is searched in it follows at a distance. */
const LOOKS = 5;

/**
 * Records that the execution has begun, or has ended (`ended`), looking again while the log does not
 * say so yet. Throws an `Error` if it still does not: try again later. What is missing in between of
 * a run that has ended is waited for, too, and then done without: AWS promises no completeness.
 */
export async function recordLogged(
  { execution, at, ended }: { execution: string; at: Date; ended: boolean },
  world: ExpressWorld,
): Promise<void> {
  const machine = expressExecution(execution)?.machine ?? "";
  for (let look = 1; ; look += 1) {
    const [run] = await readLog({ machine, execution, at }, world.clients.logs);
    const isThere = run !== undefined && (!ended || run.last !== undefined);
    if (isThere && (!ended || run.complete || look === LOOKS)) return recordRun(run, world);
    if (look === LOOKS) {
      throw new Error(`The log does not show ${execution} to its ${ended ? "end" : "beginning"}.`);
    }
    await sleep((world.pause ?? 1000) * look);
  }
}

/** Of several executions of one name, the one that is first found to have ended is the run. */
export async function recordRun(run: LoggedRun, world: ExpressWorld): Promise<void> {
  const report = await expressReport(run, world.environment, world.clients.sfn);
  await recordStatus(report, world.ports);
  if (report.run.status === "RUNNING") return;
  const { startedAt, endedAt } = await getRun(report.run.id, world.ports);
  if (startedAt !== report.run.startedAt || endedAt !== report.run.endedAt) return;
  const snapshot = await writeRunSnapshot(run.events, report, world);
  await recordStatus({ ...report, run: snapshot.run }, world.ports);
}
