/**
 * Looks after the runs that are recorded as running: an end that was never reported is recorded now,
 * and those that no longer get anywhere are named.
 */

import { queryApprovals } from "../runtime/approval/approval-store.ts";
import { closeApprovalsOfRun } from "../runtime/approval/find-approvals.ts";
import { claimOf } from "../runtime/claim-run.ts";
import type { RunRecord } from "../runtime/control.ts";
import { machineName } from "../runtime/deployed.ts";
import { expressArns } from "../runtime/express.ts";
import type { Ports } from "../runtime/ports.ts";
import { recordStatus, runsInStatus } from "../runtime/runs.ts";
import { EVENTS_TO_JUDGE, isSilent } from "../runtime/silent-run.ts";
import { readHistory } from "./executions.ts";
import { readLog } from "./express/read-log.ts";
import { type ExpressWorld, recordRun } from "./express/record-run.ts";
import { isServiceError } from "./service-error.ts";
import type { HistoryEvent } from "./sfn-calls.ts";
import { executionArnOf } from "./start-execution.ts";
import { describeExecution, reportOf } from "./status-change.ts";
import { writeRunSnapshot } from "./write-run-snapshot.ts";

export interface RunSweepWorld extends ExpressWorld {
  readonly ports: Pick<Ports, "records" | "artifacts" | "clock">;
  /** `arn:PARTITION:states:REGION:ACCOUNT:stateMachine:` */
  readonly machines: string;
  /** Whether there is time for one more run. */
  readonly goOn: () => boolean;
}

export type StuckReason =
  /** A decision was taken a quarter of an hour ago and has not reached the run. */
  | "decision not delivered"
  /** Nothing happens, and nothing says why. */
  | "silent"
  /** Step Functions does not know the execution (any more). */
  | "unknown to Step Functions"
  /** It could not be looked at, or its end could not be recorded. */
  | "not reconciled";

export interface StuckRun {
  readonly run: string;
  readonly reason: StuckReason;
  readonly error?: unknown;
}

export interface RunSweep {
  readonly stuck: readonly StuckRun[];
  /** Runs whose end has been recorded now. */
  readonly repaired: readonly string[];
  readonly looked: number;
  /** For which there was no time; the next sweep begins with others. */
  readonly left: number;
}

/** Younger ones have not had time to be stuck, and their events may still be on their way. */
const YOUNG_MS = 15 * 60_000;

/** An end takes its own way to the function for so long: seconds, and minutes if it is tried again. */
const REPORT_MS = 5 * 60_000;

export async function sweepRuns(world: RunSweepWorld): Promise<RunSweep> {
  const { ports, goOn } = world;
  const now = ports.clock.now();
  const young = new Date(now.getTime() - YOUNG_MS).toISOString();
  const undelivered = await runsWithApprovals("undelivered", ports, young);
  const waiting = await runsWithApprovals("open", ports);
  const stuck: StuckRun[] = [...undelivered].map((run) => ({
    run,
    reason: "decision not delivered",
  }));
  const repaired: string[] = [];
  const running: Pick<RunRecord, "id" | "workflow">[] = [];
  for await (const { id, workflow, startedAt } of runsInStatus("RUNNING", ports)) {
    if (startedAt > young) break;
    running.push({ id, workflow });
  }
  let looked = 0;
  // In any order: if the time does not suffice for all, each gets its turn in one of the next sweeps.
  for (const run of shuffled(running)) {
    if (!goOn()) break;
    looked += 1;
    const found = await look(run, waiting, world).catch((error: unknown) => {
      return { run: run.id, reason: "not reconciled", error } as const;
    });
    if (found === "repaired") repaired.push(run.id);
    else if (found !== "fine" && !undelivered.has(run.id)) stuck.push(found);
  }
  return { stuck, repaired, looked, left: running.length - looked };
}

async function look(
  { id, workflow }: Pick<RunRecord, "id" | "workflow">,
  waiting: ReadonlySet<string>,
  world: RunSweepWorld,
): Promise<StuckRun | "repaired" | "fine"> {
  const { sfn, logs } = world.clients;
  const name = machineName(world.environment, workflow);
  const machine = `${world.machines}${name}`;
  const executionArn = executionArnOf(machine, id);
  const claim = await claimOf(workflow, id, world.ports);
  if (claim) {
    // An express run: it has ended, as it had five minutes, and only the log says how.
    const execution = expressArns(machine, id);
    const [run] = await readLog({ machine: name, execution, at: new Date(claim.startedAt) }, logs);
    if (!run?.last) return { run: id, reason: "unknown to Step Functions" };
    await recordRun(run, world);
    return "repaired";
  }
  try {
    const execution = await describeExecution(executionArn, sfn);
    if (execution.status !== "RUNNING") {
      const since = world.ports.clock.now().getTime() - Date.parse(execution.stopDate ?? "");
      if (since < REPORT_MS) return "fine";
      const report = await reportOf(execution, world.environment, sfn);
      // The record last: as long as it says that the run goes on, the next sweep tries again.
      await closeApprovalsOfRun(id, world.ports);
      const { run } = await writeRunSnapshot(executionArn, report, world);
      await recordStatus({ ...report, run }, world.ports);
      return "repaired";
    }
  } catch (error) {
    if (!isServiceError(error, "ExecutionDoesNotExist")) throw error;
    return { run: id, reason: "unknown to Step Functions" };
  }
  if (waiting.has(id)) return "fine";
  const newest: HistoryEvent[] = [];
  for await (const event of readHistory(executionArn, sfn, { newestFirst: true })) {
    newest.push(event);
    // Most runs are not silent, which their last event alone shows.
    const isJudged = newest.length === 1 && !couldBeSilent(event, world);
    if (isJudged || newest.length === EVENTS_TO_JUDGE) break;
  }
  return isSilent(newest, world.ports.clock.now()) ? { run: id, reason: "silent" } : "fine";
}

function couldBeSilent(last: HistoryEvent, { ports }: RunSweepWorld): boolean {
  return isSilent([{ type: "", timestamp: last.timestamp }], ports.clock.now());
}

/** Ids of runs with approvals in this queue, of those undelivered only decisions before `before`. */
async function runsWithApprovals(
  queue: "open" | "undelivered",
  ports: Pick<Ports, "records">,
  before?: string,
): Promise<ReadonlySet<string>> {
  const runs = new Set<string>();
  for await (const { approval } of queryApprovals({ queue }, ports)) {
    if (before !== undefined && (approval.decision?.at ?? "") > before) break;
    runs.add(approval.run.id);
  }
  return runs;
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = items.map((item) => ({ item, at: Math.random() }));
  return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
