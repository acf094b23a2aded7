import type { Invocation, Outcome } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";
import { approvalDocument } from "./documents.ts";
import { findApproval } from "./find-approval.ts";
import { driveControl } from "./open-control.ts";
import { whoActs } from "./who-acts.ts";

export interface RevokeOptions {
  readonly of?: string | undefined;
  readonly as?: string | undefined;
  readonly reason?: string | undefined;
}

/** Ends links that were sent, of one person or of all. */
export async function revoke(
  invocation: Invocation,
  id: string | undefined,
  { of: approver, as, reason }: RevokeOptions,
): Promise<Outcome> {
  if (id === undefined) {
    throw usageFailure(
      "Which approval?",
      "For example approvals revoke 7QK2M --of ben@example.com",
    );
  }
  const by = as ?? (await whoActs(invocation));
  return driveControl(invocation, async (control) => {
    const before = await findApproval(control, id);
    const approval = await control.revokeLinks(before.id, { by, approver, reason });
    const { out, aws } = invocation;
    const whose = approver === undefined ? "All links" : `The links of ${safeText(approver)}`;
    out.line(`${whose} are revoked: ${safeText(approval.policy.title)}`);
    out.line(
      aws === undefined
        ? "  approvals --links prints new ones"
        : "  the next reminder or level brings new ones, as does the queue to who signs in",
    );
    return { exitCode: 0, document: { approval: approvalDocument(approval) } };
  });
}
