/** Handing the right to decide on to somebody else, by one conditional write. */
import { ConditionFailed, RequestError } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { type AnnouncingPorts, announceOrLeave } from "./announce.ts";
import { type Approval, type Delegation, normaliseAddress, requestersOf } from "./approval.ts";
import { appendRefusal, flushEvents, type News, withEvents } from "./approval-events.ts";
import { changeApproval, publicView } from "./approval-store.ts";
import { chainBehind, isPerson } from "./approvers.ts";
import { findApproval } from "./find-approvals.ts";
import { checkName, checkOpen, MAX_REASON } from "./judge-vote.ts";
import type { StoredApproval } from "./stored-approval.ts";

export interface DelegationRequest {
  /** Address of the person whose right it is. */
  readonly by: string;
  readonly to: string;
  readonly reason?: string | undefined;
}

/** Hands of one request; a right that wanders further is not looked after by anybody. */
export const MAX_DELEGATIONS = 20;

/**
 * From then on `to` decides in the place of `by`, at this level and at later ones that name `by`.
 * Throws `RequestError`: `ApprovalNotFound`; `ApprovalDecided`; `ApprovalClosed`; `NameInvalid`;
 * `InputInvalid` (reason too long); `DelegationNotAllowed` (the policy, somebody who is not asked, who
 * has decided, or who would get back what they have handed on). Refusals are entries in the audit.
 */
export async function delegate(
  id: string,
  request: DelegationRequest,
  ports: AnnouncingPorts,
): Promise<Approval> {
  for (;;) {
    const found = await findApproval(id, ports);
    const now = ports.clock.now().toISOString();
    const handed = await judged(found.approval, request, now, ports);
    try {
      const changed = await changeApproval(found, withDelegation(found.approval, handed), ports);
      const flushed = await flushEvents(changed, ports);
      return publicView((await announceOrLeave(flushed, ports)).approval);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

async function judged(
  approval: StoredApproval,
  request: DelegationRequest,
  at: string,
  ports: Pick<Ports, "records" | "clock">,
): Promise<Delegation> {
  try {
    return judgeDelegation(approval, request, at);
  } catch (error) {
    if (error instanceof RequestError) {
      const data = { why: error.code, verdict: "delegate", to: request.to.slice(0, 254) };
      await appendRefusal(approval, request.by.trim() || "(nobody)", data, ports).catch(
        () => undefined,
      );
    }
    throw error;
  }
}

/** The rules. Pure. */
export function judgeDelegation(
  approval: StoredApproval,
  request: DelegationRequest,
  at: string,
): Delegation {
  const [by, to] = [normaliseAddress(request.by), normaliseAddress(request.to)];
  const { id, policy, approvers, votes, delegations, run } = approval;
  checkName(by);
  if (!isPerson(to)) {
    throw new RequestError(
      "NameInvalid",
      `${JSON.stringify(request.to.slice(0, 254))} is not the address of a person.`,
      "Say who shall decide, for example with `--to colleague@example.com`.",
    );
  }
  checkOpen(approval, at);
  const reason = request.reason?.trim() || null;
  if (reason !== null && reason.length > MAX_REASON) {
    throw new RequestError(
      "InputInvalid",
      `The reason has ${reason.length} characters; ${MAX_REASON} are allowed.`,
    );
  }
  const refuse = (message: string, hint?: string) =>
    new RequestError("DelegationNotAllowed", message, hint);
  if (policy.delegation === false) {
    throw refuse(`The policy "${policy.approval}" lets nobody hand the decision on.`);
  }
  if (approvers.includes("*"))
    throw refuse(`Everybody may decide ${id}: there is nothing to hand on.`);
  if (!approvers.includes(by)) throw refuse(`${by} is not among the approvers of ${id}.`);
  if (votes.some((vote) => vote.by === by)) throw refuse(`${by} has decided about ${id} already.`);
  if (to === by) throw refuse(`${by} has the decision about ${id} already.`);
  if (approvers.includes(to) || votes.some((vote) => vote.by === to)) {
    throw refuse(`${to} is asked about ${id} already, and counts once.`, "Choose somebody else.");
  }
  const behind = chainBehind(by, delegations);
  if (behind.includes(to) || delegations.some(({ from }) => from === to)) {
    throw refuse(
      `${to} has handed on the decision about ${id}; it does not come back.`,
      "Choose somebody who has not had it.",
    );
  }
  if (delegations.length >= MAX_DELEGATIONS) {
    throw refuse(`The decision about ${id} was handed on ${MAX_DELEGATIONS} times; decide it.`);
  }
  const allowed = typeof policy.delegation === "object" ? policy.delegation.to : undefined;
  const names = allowed?.flatMap((each) =>
    typeof each === "string" ? [normaliseAddress(each)] : [],
  );
  if (names && !names.includes("*") && !names.includes(to)) {
    throw refuse(
      `The policy "${policy.approval}" does not let the decision go to ${to}.`,
      `It may go to ${names.join(", ") || "nobody"}.`,
    );
  }
  const requester = requestersOf(approval).find((each) => [by, to, ...behind].includes(each));
  if (policy.fourEyes && requester !== undefined) {
    throw refuse(
      `${requester} asked for the run ${run.id} and may neither decide it nor say who does (four eyes).`,
    );
  }
  return { from: by, to, by, at, reason };
}

function withDelegation(approval: StoredApproval, handed: Delegation): Partial<StoredApproval> {
  const { from, to, at, reason } = handed;
  const news: News = { actor: from, event: "approval.delegated", data: { from, to, reason } };
  return {
    approvers: approval.approvers.map((address) => (address === from ? to : address)),
    asked: [...new Set([...approval.asked, to])],
    untold: [...approval.untold, to],
    delegations: [...approval.delegations, handed],
    ...withEvents(approval, [news], at),
  };
}
