/** Approvals and audits as rows of a table that other programs read. */
import type { Approval } from "../../runtime/approval/approval.ts";
import type { AuditEntry } from "../../runtime/audit.ts";

export const APPROVAL_COLUMNS = [
  "approval",
  "run",
  "workflow",
  "step",
  "iteration",
  "policy",
  "status",
  "requestedAt",
  "deadline",
  "level",
  "approvers",
  "quorum",
  "openedAt",
  "decidedBy",
  "decidedAt",
  "reason",
  "category",
  "edited",
  "evidenceDigest",
] as const;

export function approvalRow(approval: Approval): readonly string[] {
  const { run, policy, decision } = approval;
  return [
    approval.id,
    run.id,
    run.workflow,
    approval.step,
    approval.iteration,
    policy.approval,
    approval.status,
    approval.requestedAt,
    approval.deadline ?? "",
    String(approval.level),
    approval.approvers.join(" "),
    String(approval.quorum),
    approval.openedAt ?? "",
    decision?.by ?? "",
    decision?.at ?? "",
    decision?.reason ?? "",
    decision?.category ?? "",
    decision && decision.edited !== null ? "yes" : "",
    approval.evidenceDigest,
  ];
}

export const AUDIT_COLUMNS = [
  "stream",
  "number",
  "at",
  "actor",
  "event",
  "approval",
  "data",
  "previous",
  "digest",
] as const;

export function auditRow(entry: AuditEntry): readonly string[] {
  const { stream, number, at, actor, event, data, previous, digest } = entry;
  const approval = typeof data.approval === "string" ? data.approval : "";
  return [
    stream,
    String(number),
    at,
    actor,
    event,
    approval,
    JSON.stringify(data),
    previous ?? "",
    digest,
  ];
}
