/** Approvals as rows that other programs read: what the queue's page and the command line export. */
import type { Approval } from "../runtime/approval/approval.ts";
import { csvText } from "./csv.ts";

export const EXPORT_COLUMNS = [
  "approval",
  "status",
  "workflow",
  "version",
  "run",
  "step",
  "iteration",
  "environment",
  "customer",
  "principal",
  "policy",
  "title",
  "requestedAt",
  "openedAt",
  "deadline",
  "level",
  "levels",
  "approvers",
  "quorum",
  "votes",
  "decidedBy",
  "decidedAt",
  "reason",
  "category",
  "edited",
  "delegations",
  "evidenceDigest",
] as const;

export type ExportRow = {
  readonly [column in (typeof EXPORT_COLUMNS)[number]]: string | number | null;
};

/** One row a request, decided or not; evidence by its digest, because it may hold what an export must not. */
export function exportRow(approval: Approval): ExportRow {
  const { run, policy, decision } = approval;
  return {
    approval: approval.id,
    status: approval.status,
    workflow: run.workflow,
    version: run.version,
    run: run.id,
    step: approval.step,
    iteration: approval.iteration,
    environment: run.environment,
    customer: run.customer,
    principal: run.principal,
    policy: policy.approval,
    title: policy.title,
    requestedAt: approval.requestedAt,
    openedAt: approval.openedAt,
    deadline: approval.deadline,
    level: approval.level,
    levels: approval.levels,
    approvers: approval.approvers.join(" "),
    quorum: approval.quorum,
    votes: approval.votes.map(({ verdict, by, at }) => `${verdict} ${by} ${at}`).join("; "),
    decidedBy: decision?.by ?? null,
    decidedAt: decision?.at ?? null,
    reason: decision?.reason ?? null,
    category: decision?.category ?? null,
    edited: decision === null ? null : decision.edited === null ? "no" : "yes",
    delegations: approval.delegations
      .map(({ from, to, at }) => `${from} to ${to} ${at}`)
      .join("; "),
    evidenceDigest: approval.evidenceDigest,
  };
}

export function exportCsv(approvals: readonly Approval[]): string {
  const rows = approvals.map(exportRow);
  return csvText([
    EXPORT_COLUMNS,
    ...rows.map((row) => EXPORT_COLUMNS.map((column) => row[column])),
  ]);
}
