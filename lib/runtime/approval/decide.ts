/**
 * Deciding an approval, exactly once, and telling the run, exactly once.
 *
 * One conditional write decides; then the task token is answered; then the answer is marked as
 * delivered. A process that dies in between leaves a decision that `deliverPending` delivers. Should
 * it have died after the answer and before the mark, the second answer meets a task that no longer
 * waits (`TokenGone`), so the run hears it once.
 */

import { ConditionFailed, RequestError } from "../errors.ts";
import type { Ports } from "../ports.ts";
import type { Approval, Decision } from "./approval.ts";
import { normaliseAddress, RULE } from "./approval.ts";
import { changeApproval, type HeldApproval, publicView, readApproval } from "./approval-store.ts";
import { deliver } from "./deliver.ts";
import { closeApproval, findApproval } from "./find-approvals.ts";

export interface DecisionRequest {
  readonly verdict: "approved" | "rejected";
  /** Address of the person who decides. */
  readonly by: string;
  readonly reason?: string;
}

/** Characters of a reason; it travels through the run's history, which ends at 256 KiB a value. */
export const MAX_REASON = 4000;

type DecisionPorts = Pick<Ports, "records" | "tokens" | "clock">;

/**
 * Decides an open approval. `delivered` of the result is false if the run could not be told yet;
 * the decision stands, and `deliverPending` tells it.
 *
 * Throws `RequestError`: `ApprovalNotFound`; `ApprovalDecided` (who, when); `ApprovalClosed` (the run
 * no longer waits); `ApproverNotAllowed` (not among the approvers, or the one who asked for the run
 * under four-eyes); `ReasonRequired`; `NameInvalid` (no address); `InputInvalid` (reason too long).
 */
export async function decide(
  id: string,
  request: DecisionRequest,
  ports: DecisionPorts,
): Promise<Approval> {
  const by = normaliseAddress(request.by);
  const reason = request.reason?.trim() || null;
  checkRequest(by, reason);
  const found = await findApproval(id, ports);
  const now = ports.clock.now().toISOString();
  checkOpen(found.approval, now);
  checkPerson(found.approval, by);
  checkReason(found.approval, request.verdict, reason);
  const decision: Decision = { verdict: request.verdict, by, at: now, reason };
  const decided = await store(found, decision, ports);
  const { held, gone } = await tell(decided, ports);
  if (gone) {
    // The write won, and yet the task had ended (it timed out, or its run moved on, in between):
    // the decision has no effect, and whoever made it must know.
    const status =
      found.approval.deadline <= ports.clock.now().toISOString() ? "expired" : "cancelled";
    await closeApproval(held.approval.id, status, ports);
    throw closedError({ ...held.approval, status });
  }
  return publicView(held.approval);
}

async function store(
  found: HeldApproval,
  decision: Decision,
  ports: DecisionPorts,
): Promise<HeldApproval> {
  try {
    return await changeApproval(found, { status: decision.verdict, decision }, ports);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const winner = await readApproval(found.approval.id, ports);
    if (winner) checkOpen(winner.approval, decision.at);
    throw error;
  }
}

/** Delivers; an answer that fails for a passing reason (throttling, network) is left to `deliverPending`. */
async function tell(
  decided: HeldApproval,
  ports: DecisionPorts,
): Promise<{ readonly held: HeldApproval; readonly gone: boolean }> {
  try {
    return await deliver(decided, ports);
  } catch {
    // Not lost: the decision is stored as undelivered, and the caller sees `delivered: false`.
    return { held: decided, gone: false };
  }
}

function checkRequest(by: string, reason: string | null): void {
  if (by === "" || by === RULE || by === "*") {
    throw new RequestError(
      "NameInvalid",
      `"${by}" is not the address of a person.`,
      "Say who decides, for example with `--as me@example.com`.",
    );
  }
  if (reason !== null && reason.length > MAX_REASON) {
    throw new RequestError(
      "InputInvalid",
      `The reason has ${reason.length} characters; ${MAX_REASON} are allowed.`,
      "Put the long form where it can be linked, and the link here.",
    );
  }
}

function checkOpen(approval: Approval, now: string): void {
  if (approval.status === "approved" || approval.status === "rejected") {
    const { verdict, by, at } = approval.decision ?? { verdict: approval.status, by: "?", at: "?" };
    throw new RequestError(
      "ApprovalDecided",
      `The approval ${approval.id} is already ${verdict}, by ${by} at ${at}.`,
    );
  }
  if (approval.status !== "open") throw closedError(approval);
  if (approval.deadline <= now) throw closedError({ ...approval, status: "expired" });
}

function closedError(approval: Approval): RequestError {
  const why =
    approval.status === "expired"
      ? `its deadline was ${approval.deadline}`
      : "its run went on or was stopped before a decision reached it";
  const late = approval.decision ? " The decision is on record, without effect." : "";
  return new RequestError(
    "ApprovalClosed",
    `The approval ${approval.id} is closed: ${why}.${late}`,
    `\`espalier show ${approval.run.id}\` tells what became of the run.`,
  );
}

function checkPerson({ policy, run, id }: Approval, by: string): void {
  const approvers = policy.approvers.map(normaliseAddress);
  if (!approvers.includes("*") && !approvers.includes(by)) {
    throw new RequestError(
      "ApproverNotAllowed",
      `${by} is not among the approvers of ${id} (policy "${policy.approval}").`,
      `It can be decided by ${policy.approvers.join(", ")}.`,
    );
  }
  if (policy.fourEyes && normaliseAddress(run.principal) === by) {
    throw new RequestError(
      "ApproverNotAllowed",
      `${by} asked for the run ${run.id} and may not approve it (four eyes, policy "${policy.approval}").`,
      "Somebody else among the approvers has to decide.",
    );
  }
}

function checkReason(
  { policy }: Approval,
  verdict: DecisionRequest["verdict"],
  reason: string | null,
): void {
  const word = verdict === "approved" ? "approve" : "reject";
  if (reason === null && policy.reasons.includes(word)) {
    throw new RequestError(
      "ReasonRequired",
      `The policy "${policy.approval}" wants a reason from whoever would ${word}.`,
      "Give one, for example with `--reason TEXT`.",
    );
  }
}
