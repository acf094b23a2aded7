import type { Invocation, Outcome } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";
import { approvalDocument } from "./documents.ts";
import { findApproval } from "./find-approval.ts";
import { driveControl } from "./open-control.ts";

export interface HandOnOptions {
  readonly as?: string | undefined;
  readonly to?: string | undefined;
  readonly reason?: string | undefined;
}

/** Hands the decision of one person on to another. */
export function handOn(
  invocation: Invocation,
  id: string | undefined,
  { as: by, to, reason }: HandOnOptions,
): Promise<Outcome> {
  if (id === undefined) {
    throw usageFailure(
      "Which approval?",
      "For example approvals delegate 7QK2M --to ben@example.com",
    );
  }
  if (by === undefined || to === undefined) {
    throw usageFailure(
      by === undefined ? "--as is missing: who hands it on?" : "--to is missing: to whom?",
      "For example --as you@example.com --to ben@example.com",
    );
  }
  return driveControl(invocation, async (control) => {
    const before = await findApproval(control, id);
    const approval = await control.delegate(before.id, {
      by,
      to,
      ...(reason !== undefined && { reason }),
    });
    const { out } = invocation;
    out.line(`Handed on to ${safeText(to)}: ${safeText(approval.policy.title)}`);
    out.line(`  approvers  ${approval.approvers.map(safeText).join(", ")}`);
    return { exitCode: 0, document: { approval: approvalDocument(approval) } };
  });
}
