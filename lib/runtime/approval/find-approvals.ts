/** Finding approvals, and closing those that nobody waits for any more. */

import { ConditionFailed, RequestError, TokenGone } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { loadStoredValues } from "../stored-value.ts";
import type { Approval } from "./approval.ts";
import {
  type ApprovalQuestion,
  changeApproval,
  type HeldApproval,
  publicView,
  queryApprovals,
  readApproval,
  type StoredApproval,
} from "./approval-store.ts";

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
    evidence: await loadStoredValues(approval.evidence, ports.artifacts),
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

/** Oldest first. Large parts of evidence stand as a `StoredValue`. */
export async function listApprovals(
  filter: { readonly status?: Approval["status"]; readonly run?: string },
  ports: Pick<Ports, "records">,
): Promise<readonly Approval[]> {
  const question: ApprovalQuestion =
    filter.run !== undefined
      ? { run: filter.run }
      : filter.status !== undefined
        ? { status: filter.status }
        : { all: true };
  const found: Approval[] = [];
  for await (const { approval } of queryApprovals(question, ports)) {
    if (filter.status === undefined || approval.status === filter.status) {
      found.push(publicView(approval));
    }
  }
  return found;
}

/**
 * Closes an approval whose task is known to have ended without it: `expired` by its deadline, or
 * `cancelled`. A decision that was stored but came too late for the task stays on record.
 */
export function closeApproval(
  id: string,
  status: "expired" | "cancelled",
  ports: Pick<Ports, "records">,
): Promise<void> {
  return close(id, status, ports, ["open", "approved", "rejected"]);
}

/** For what an index called open: indexes lag, and a decision made meanwhile stands. */
function closeIfOpen(
  id: string,
  status: "expired" | "cancelled",
  ports: Pick<Ports, "records">,
): Promise<void> {
  return close(id, status, ports, ["open"]);
}

async function close(
  id: string,
  status: "expired" | "cancelled",
  ports: Pick<Ports, "records">,
  closable: readonly Approval["status"][],
): Promise<void> {
  for (;;) {
    const found = await readApproval(id, ports);
    if (!found) return;
    if (!closable.includes(found.approval.status)) return;
    try {
      await changeApproval(found, { status, delivered: true }, ports);
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

/** Closes what is still open when a run has ended. What is decided keeps its decision. */
export async function closeApprovalsOfRun(
  run: string,
  ports: Pick<Ports, "records" | "clock">,
): Promise<void> {
  const open: Approval[] = [];
  for await (const { approval } of queryApprovals({ run }, ports)) {
    if (approval.status === "open") open.push(approval);
  }
  const now = ports.clock.now().toISOString();
  for (const { id, deadline } of open) {
    await closeIfOpen(id, deadline <= now ? "expired" : "cancelled", ports);
  }
}

/**
 * Closes open approvals of a run whose tasks no longer wait, although the run goes on: a deadline has
 * passed, or a sibling has failed and its structure was caught or retried. A heartbeat is how Step
 * Functions says whether a task waits.
 */
export async function closeAbandoned(
  run: string,
  ports: Pick<Ports, "records" | "tokens" | "clock">,
): Promise<void> {
  const open: StoredApproval[] = [];
  for await (const { approval } of queryApprovals({ run }, ports)) {
    if (approval.status === "open") open.push(approval);
  }
  for (const { id, token, deadline } of open) {
    try {
      await ports.tokens.heartbeat(token);
    } catch (error) {
      if (!(error instanceof TokenGone)) throw error;
      const now = ports.clock.now().toISOString();
      await closeIfOpen(id, deadline <= now ? "expired" : "cancelled", ports);
    }
  }
}

/**
 * Closes open approvals whose deadline lies at least `graceMs` back. Step Functions ends the task by
 * its timeout; this only keeps the index true where nobody reports that.
 */
export async function expireOverdue(
  ports: Pick<Ports, "records" | "clock">,
  graceMs = 60_000,
): Promise<void> {
  const limit = new Date(ports.clock.now().getTime() - graceMs).toISOString();
  const overdue: string[] = [];
  for await (const { approval } of queryApprovals({ queue: "open" }, ports)) {
    if (approval.deadline > limit) break;
    overdue.push(approval.id);
  }
  for (const id of overdue) await closeIfOpen(id, "expired", ports);
}
