/** Audits as rows of a table that other programs read. */
import type { AuditEntry } from "../../runtime/audit.ts";

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
