/** Ending links of a request before their time: a mail that went astray, a phone that was lost. */
import { ConditionFailed } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { type Approval, normaliseAddress } from "./approval.ts";
import { flushEvents, type News, withEvents } from "./approval-events.ts";
import { changeApproval, publicView } from "./approval-store.ts";
import { findApproval } from "./find-approvals.ts";
import { revokeLinks } from "./revoke-link.ts";

export interface Revocation {
  readonly by: string;
  /** Whose links; absent: everybody's. */
  readonly approver?: string | undefined;
  readonly reason?: string | undefined;
}

/**
 * Ends the links that were sent so far, and says so in the audit; links that are made later work. First
 * the links: a crash in between leaves them ended, and who tries again completes it. Throws
 * `RequestError` `ApprovalNotFound`.
 */
export async function revokeLinksOf(
  id: string,
  { by, approver, reason }: Revocation,
  ports: Pick<Ports, "records" | "clock">,
): Promise<Approval> {
  await findApproval(id, ports);
  const of = approver === undefined ? undefined : normaliseAddress(approver);
  await revokeLinks({ request: id, ...(of !== undefined && { approver: of }) }, by, ports);
  const data = { ...(of !== undefined && { approver: of }), ...(reason && { reason }) };
  const news: News = { actor: by, event: "approval.revoked", data };
  for (;;) {
    const found = await findApproval(id, ports);
    try {
      const change = withEvents(found.approval, [news], ports.clock.now().toISOString());
      return publicView(
        (await flushEvents(await changeApproval(found, change, ports), ports)).approval,
      );
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}
