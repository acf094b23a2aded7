import { exportCsv, exportRow } from "../../pages/approval-export.ts";
import type { Approval } from "../../runtime/approval/approval.ts";
import type { ApprovalFilter } from "../../runtime/approval/find-approvals.ts";
import type { Invocation, Outcome } from "../command.ts";
import { readControl } from "./open-control.ts";

/** All approvals that the filter lets through, as the queue exports them: CSV, else one JSON document. */
export async function exportApprovals(
  invocation: Invocation,
  filter: ApprovalFilter,
  csv: boolean,
): Promise<Outcome> {
  const found = await readControl(
    invocation,
    (control) => control.approvals(filter),
    (): readonly Approval[] => [],
  );
  const document = { approvals: found.map(exportRow) };
  if (csv) {
    invocation.out.line(exportCsv(found).trimEnd());
  } else if (!invocation.json) {
    invocation.out.line(JSON.stringify(document, null, 2));
  }
  return { exitCode: 0, document };
}
