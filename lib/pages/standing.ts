/** How a request stands for one person: what their page offers. The rules themselves are the core's. */
import { type Approval, requestersOf, type Vote } from "../runtime/approval/approval.ts";
import type { Link } from "../runtime/approval/link.ts";

export type Standing =
  | { readonly kind: "decide" }
  /** Has approved, and others are still to. */
  | { readonly kind: "voted"; readonly vote: Vote }
  /** Asked for the run, and may not approve it. */
  | { readonly kind: "asked" }
  /** Handed on, or gone on to the next level. */
  | { readonly kind: "passed-on" }
  | { readonly kind: "decided" }
  | { readonly kind: "expired" }
  | { readonly kind: "cancelled" };

export function standingOf(
  approval: Approval,
  { approver }: Pick<Link, "approver">,
  now: Date,
): Standing {
  const { status, votes, policy, approvers, deadline } = approval;
  if (status === "approved" || status === "rejected") return { kind: "decided" };
  if (status === "expired" || status === "cancelled") return { kind: status };
  if (deadline !== null && Date.parse(deadline) <= now.getTime() && isLast(approval)) {
    return { kind: "expired" };
  }
  const vote = votes.find(({ by }) => by === approver);
  if (vote) return { kind: "voted", vote };
  if (!approvers.includes("*") && !approvers.includes(approver)) return { kind: "passed-on" };
  if (policy.fourEyes && requestersOf(approval).includes(approver)) return { kind: "asked" };
  return { kind: "decide" };
}

/** Past the deadline of another level, the next one is about to be asked. */
function isLast({ level, levels }: Pick<Approval, "level" | "levels">): boolean {
  return level >= levels;
}
