/** The desk on the ports: the core's rules, called as the pages call them. */
import { type DecisionPorts, decide } from "../runtime/approval/decide.ts";
import { delegate } from "../runtime/approval/delegate.ts";
import { getApproval, listApprovals } from "../runtime/approval/find-approvals.ts";
import { recordOpened } from "../runtime/approval/record-opened.ts";
import type { Desk } from "./desk.ts";

export function deskOnPorts(ports: DecisionPorts): Desk {
  return {
    approvalFor: (id) => getApproval(id, ports),
    decide: (id, { reason, category, edited, signIn, ...decision }) =>
      decide(
        id,
        {
          ...decision,
          ...(reason !== null && { reason }),
          ...(category !== null && { category }),
          ...(edited !== null && { edited }),
          ...(signIn !== null && { signIn }),
        },
        ports,
      ),
    delegate: (id, { by, to, reason }) =>
      delegate(id, { by, to, ...(reason !== null && { reason }) }, ports),
    opened: (approval, by, how) => recordOpened(approval, { by, how }, ports),
    async queue(approver) {
      const open = await listApprovals({ status: "open" }, ports);
      const mine = open.filter(
        ({ approvers }) =>
          approver === undefined || approvers.includes("*") || approvers.includes(approver),
      );
      // Those without an end last.
      const end = (deadline: string | null) => deadline ?? "9999";
      return [...mine].sort((a, b) => (end(a.deadline) < end(b.deadline) ? -1 : 1));
    },
    all: () => listApprovals({}, ports),
  };
}
