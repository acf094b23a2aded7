/** Finding approvals, and closing those that nobody waits for any more. */

import { ConditionFailed, RequestError, TokenGone } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { loadStoredValues } from "../stored-value.ts";
import type { Approval, ApprovalStatus } from "./approval.ts";
import { flushEvents, MACHINE, withEvents } from "./approval-events.ts";
import { APPROVAL_METRICS, countMetric, type MetricSink } from "./approval-metrics.ts";
import {
  type ApprovalQuestion,
  approvalsOf,
  changeApproval,
  type HeldApproval,
  publicView,
  queryApprovals,
  readApproval,
  type StoredApproval,
} from "./approval-store.ts";
import { mayGoOn } from "./deliver.ts";
import { evidenceJson } from "./evidence.ts";
import { asEvidence } from "./normalise-evidence.ts";
import { stagesOf } from "./stages.ts";

/**
 * One approval with its whole evidence. Ids are taken as people type them, in either case.
 * Throws `RequestError` `ApprovalNotFound`.
 */
export async function getApproval(
  id: string,
  ports: Pick<Ports, "records" | "artifacts">,
): Promise<Approval> {
  const { approval } = await findApproval(id, ports);
  return {
    ...publicView(approval),
    evidence: asEvidence(await loadStoredValues(evidenceJson(approval.evidence), ports.artifacts)),
  };
}

export async function findApproval(
  id: string,
  ports: Pick<Ports, "records">,
): Promise<HeldApproval> {
  const typed = id.trim().toLowerCase();
  const found = /^[0-9a-z]{12}$/.test(typed) ? await readApproval(typed, ports) : undefined;
  if (found) return found;
  throw new RequestError(
    "ApprovalNotFound",
    `There is no approval ${JSON.stringify(id.slice(0, 100))}.`,
    "`espalier approvals` lists those that wait.",
  );
}

export interface ApprovalFilter {
  readonly status?: ApprovalStatus | undefined;
  readonly run?: string | undefined;
  readonly workflow?: string | undefined;
  /** Address of somebody who is asked at present; only open ones then. */
  readonly approver?: string | undefined;
  readonly level?: number | undefined;
  /** Open, and past the deadline of their level. */
  readonly overdue?: boolean | undefined;
}

/** Oldest first. Large parts of evidence stand as a `StoredValue`. */
export async function listApprovals(
  filter: ApprovalFilter,
  ports: Pick<Ports, "records"> & Partial<Pick<Ports, "clock">>,
): Promise<readonly Approval[]> {
  const { approver } = filter;
  const source =
    approver !== undefined
      ? approvalsOf(approver, ports)
      : queryApprovals(questionOf(filter), ports);
  const now = ports.clock?.now() ?? new Date();
  const found: Approval[] = [];
  for await (const { approval } of source) {
    if (fits(approval, filter, now)) found.push(publicView(approval));
  }
  return found;
}

function questionOf({ run, status, overdue }: ApprovalFilter): ApprovalQuestion {
  if (run !== undefined) return { run };
  if (status !== undefined) return { status };
  return overdue ? { status: "open" } : { all: true };
}

function fits(approval: Approval, filter: ApprovalFilter, now: Date): boolean {
  const { status, run, workflow, level, overdue } = filter;
  return (
    (status === undefined || approval.status === status) &&
    (run === undefined || approval.run.id === run) &&
    (workflow === undefined || approval.run.workflow === workflow) &&
    (level === undefined || approval.level === level) &&
    (!overdue || (approval.status === "open" && isOverdue(approval, now)))
  );
}

/**
 * Closes an approval whose task is known to have ended without it: `expired` by its deadline, or
 * `cancelled`. A decision that was stored but came too late for the task stays on record.
 */
export function closeApproval(
  id: string,
  status: "expired" | "cancelled",
  ports: EventPorts,
): Promise<void> {
  return close(id, status, ports, () => true);
}

/**
 * Closes a request as expired whose stage's task is known to have timed out, if no further stage
 * follows. A stage that was left long ago changes nothing.
 */
export function closeTimedOut(id: string, token: string, ports: EventPorts): Promise<void> {
  return close(id, "expired", ports, (approval) => {
    const isLast = stagesOf(approval.policy)[approval.stage]?.last !== false;
    return approval.token === token && isLast;
  });
}

type EventPorts = Pick<Ports, "records" | "clock"> & MetricSink;

/** For what an index called open: indexes lag, and a decision made meanwhile stands. */
function closeIfOpen(
  id: string,
  ports: EventPorts,
  isMeant: (approval: StoredApproval) => boolean = () => true,
): Promise<void> {
  return close(id, undefined, ports, (approval) => approval.status === "open" && isMeant(approval));
}

/** @param given absent: `expired` if the deadline has passed, else `cancelled` */
async function close(
  id: string,
  given: "expired" | "cancelled" | undefined,
  ports: EventPorts,
  isMeant: (approval: StoredApproval) => boolean,
): Promise<void> {
  for (;;) {
    const found = await readApproval(id, ports);
    if (!found || isClosed(found.approval) || !isMeant(found.approval)) return;
    const now = ports.clock.now();
    const status = given ?? (isOverdue(found.approval, now) ? "expired" : "cancelled");
    const event = status === "expired" ? "approval.expired" : "approval.cancelled";
    const events = withEvents(found.approval, [{ actor: MACHINE, event }], now.toISOString());
    try {
      const { asked: untold } = found.approval;
      const change = { status, delivered: true, untold, ...events } as const;
      await flushEvents(await changeApproval(found, change, ports), ports);
      if (status === "expired") {
        ports.writeLine?.(countMetric(found.approval, APPROVAL_METRICS.expired, now));
      }
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

function isClosed({ status }: Approval): boolean {
  return status === "expired" || status === "cancelled";
}

function isOverdue({ deadline }: Approval, now: Date): boolean {
  return deadline !== null && deadline <= now.toISOString();
}

/** Closes what is still open when a run has ended. What is decided keeps its decision. */
export async function closeApprovalsOfRun(run: string, ports: EventPorts): Promise<void> {
  const open: string[] = [];
  for await (const { approval } of queryApprovals({ run }, ports)) {
    if (approval.status === "open") open.push(approval.id);
  }
  for (const id of open) await closeIfOpen(id, ports);
}

/**
 * Closes open approvals of a run whose tasks no longer wait, although the run goes on: a deadline has
 * passed, or a sibling has failed and its structure was caught or retried. A heartbeat is how Step
 * Functions says whether a task waits; between two stages none does.
 */
export async function closeAbandoned(
  run: string,
  ports: EventPorts & Pick<Ports, "tokens">,
): Promise<void> {
  const open: StoredApproval[] = [];
  for await (const { approval } of queryApprovals({ run }, ports)) {
    if (approval.status === "open") open.push(approval);
  }
  for (const { id, token } of open) {
    try {
      await ports.tokens.heartbeat(token);
    } catch (error) {
      if (!(error instanceof TokenGone)) throw error;
      const now = ports.clock.now();
      // What the index showed may have aged: another stage may have brought another token.
      await closeIfOpen(id, ports, (one) => one.token === token && !mayGoOn(one, now));
    }
  }
}

/**
 * Closes open approvals whose last deadline lies at least `graceMs` back. Step Functions ends the task
 * by its timeout; this only keeps the index true where nobody reports that.
 */
export async function expireOverdue(ports: EventPorts, graceMs = 60_000): Promise<void> {
  const now = ports.clock.now();
  const limit = new Date(now.getTime() - graceMs).toISOString();
  const overdue: string[] = [];
  for await (const { approval } of queryApprovals({ queue: "open" }, ports)) {
    if (approval.deadline === null || approval.deadline > limit) break;
    if (!mayGoOn(approval, now)) overdue.push(approval.id);
  }
  for (const id of overdue) {
    await closeIfOpen(id, ports, (one) => isOverdue(one, now) && !mayGoOn(one, now));
  }
}
