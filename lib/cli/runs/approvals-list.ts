import type { Approval } from "../../runtime/approval/approval.ts";
import type { ApprovalFilter } from "../../runtime/approval/find-approvals.ts";
import type { Invocation, Outcome } from "../command.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import { deadlineText } from "./deadline-text.ts";
import { approvalDocument } from "./documents.ts";
import { readControl } from "./open-control.ts";

/** The list of approvals that the filter lets through, oldest first. */
export function listed(invocation: Invocation, filter: ApprovalFilter): Promise<Outcome> {
  return readControl(
    invocation,
    async (control) => report(invocation, await control.approvals(filter), filter),
    () => report(invocation, [], filter),
  );
}

function report(
  invocation: Invocation,
  found: readonly Approval[],
  { status, approver, overdue, workflow, level }: ApprovalFilter,
): Outcome {
  const { out, suggest } = invocation;
  const open = status === "open";
  const filtered = [approver, overdue, workflow, level].some((one) => one !== undefined);
  if (found.length === 0) {
    out.line(open && !filtered ? "Nothing waits for a person." : "No such approval.");
  } else {
    out.lines(tableOf(found, open, out));
  }
  if (open && found[0] !== undefined) {
    const { id, run } = found[0];
    out.line();
    out.line("Read the evidence, then decide:");
    out.line(`  ${suggest(`show ${run.id}`)}`);
    out.line(`  ${suggest(`decide ${id} --approve --as ADDRESS`)}`);
  }
  return { exitCode: 0, document: { approvals: found.map(approvalDocument) } };
}

function tableOf(
  found: readonly Approval[],
  open: boolean,
  out: { readonly width: number },
): string[] {
  const now = new Date();
  const levels = found.some((approval) => approval.levels > 1);
  return renderTable(
    [
      { title: "APPROVAL" },
      { title: "WORKFLOW" },
      { title: "WHAT", shrink: true },
      ...(levels ? [{ title: "LEVEL" }] : []),
      { title: open ? "DEADLINE" : "STATUS" },
    ],
    found.map((approval) => [
      safeText(approval.id),
      safeText(approval.run.workflow),
      safeText(approval.policy.title),
      ...(levels ? [`${approval.level} of ${approval.levels}`] : []),
      open ? deadlineText(approval, now) : approval.status,
    ]),
    out.width,
  );
}
