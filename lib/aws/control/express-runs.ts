/** What `Control` tells of express runs: from the log while Step Functions would be asked otherwise. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Claim, claimOf } from "../../runtime/claim-run.ts";
import type { RunEvent, RunRecord } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { Ports } from "../../runtime/ports.ts";
import { runEvent } from "../../runtime/run-event.ts";
import { type LoggedRun, readLog } from "../express/read-log.ts";
import type { lazyLogs } from "../lazy-logs.ts";
import type { FollowOptions } from "./follow-history.ts";

export interface ExpressPlace {
  /** Name of the machine. */
  readonly machine: string;
  /** ARN of its executions of one name, with a `*` at its end. */
  readonly execution: string;
  /** When the run was started. */
  readonly at: Date;
}

type Logs = ReturnType<typeof lazyLogs>;

/** The execution that counts: the first that ended, or one that is on its way. */
export async function loggedRun(place: ExpressPlace, client: Logs): Promise<LoggedRun | undefined> {
  const [first] = await readLog(place, client);
  return first;
}

/** Looks without anything new, after which an event that is missing in between is not waited for. */
const PATIENCE = 5;

/** Events after `after`, in order; with `follow`, until the run has ended or the signal aborts. */
export async function* followLog(
  place: ExpressPlace,
  client: Logs,
  { after, follow, signal, pause = 1000 }: FollowOptions,
): AsyncGenerator<RunEvent> {
  let last = 0;
  for (let quiet = 0; !signal?.aborted; quiet += 1) {
    const run = await loggedRun(place, client);
    const isOver = run?.last !== undefined && (run.complete || quiet >= PATIENCE);
    for (const event of run?.events ?? []) {
      const id = event.id ?? 0;
      if (id <= last) continue;
      // Events arrive in any order: what is missing in between is still to come.
      if (follow && !isOver && id !== last + 1) break;
      last = id;
      quiet = 0;
      if (id > after) yield runEvent(event);
    }
    if (!follow || isOver) return;
    await sleep(pause * Math.min(5, 1 + quiet), undefined, signal ? { signal } : {}).catch(
      () => undefined,
    );
  }
}

/** The record of a run that was started and that the log has not told of yet. */
export async function claimedRun(
  { workflow, version, digest }: Pick<RunRecord, "workflow" | "version" | "digest">,
  id: string,
  environment: string,
  ports: Pick<Ports, "records">,
): Promise<RunRecord | undefined> {
  const claim = await claimOf(workflow, id, ports);
  return claim && { id, workflow, version, digest, environment, ...begun(claim) };
}

function begun({ principal, customer, startedAt }: Claim) {
  return { principal, customer, startedAt, status: "RUNNING", endedAt: null, error: null } as const;
}

export function notStoppable(id: string): RequestError {
  return new RequestError(
    "RunNotStoppable",
    `The run "${id}" is one of an express workflow, which Step Functions cannot stop; it ends within five minutes.`,
  );
}

export function notRedrivable(id: string): RequestError {
  return new RequestError(
    "RunNotRedrivable",
    `The run "${id}" is one of an express workflow, which Step Functions cannot redrive.`,
    "Start a new run with the same input: `espalier show` has it.",
  );
}
