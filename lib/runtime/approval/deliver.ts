/**
 * Telling a run what was decided, exactly once. The token is answered, then the answer is marked as
 * delivered. A process that dies before the mark leaves a decision for `deliverPending`; if the answer
 * had been given already, the second one meets a task that no longer waits (`TokenGone`).
 */

import { ConditionFailed, TokenGone } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Ports } from "../ports.ts";
import type { ApprovalResult } from "./approval.ts";
import {
  changeApproval,
  type HeldApproval,
  queryApprovals,
  readApproval,
} from "./approval-store.ts";

/** Answers the token of a decided approval and marks it as delivered. `gone`: no task waited. */
export async function deliver(
  pending: HeldApproval,
  ports: Pick<Ports, "records" | "tokens">,
): Promise<{ readonly held: HeldApproval; readonly gone: boolean }> {
  const gone = !(await answer(pending.approval, ports));
  try {
    return { held: await changeApproval(pending, { delivered: true }, ports), gone };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const standing = await readApproval(pending.approval.id, ports);
    if (!standing?.approval.delivered) throw error;
    // Somebody else delivered it meanwhile; that is why no task waited.
    return { held: standing, gone: false };
  }
}

async function answer(
  approval: HeldApproval["approval"],
  { tokens }: Pick<Ports, "tokens">,
): Promise<boolean> {
  const { decision } = approval;
  if (!decision) throw new TypeError(`The approval ${approval.id} is not decided.`);
  try {
    if (decision.verdict === "approved") {
      const result: ApprovalResult = {
        approval: approval.id,
        verdict: "approved",
        by: decision.by,
        at: decision.at,
        reason: decision.reason,
      };
      await tokens.succeed(approval.token, result as ApprovalResult & Json);
    } else {
      const cause = {
        approval: approval.id,
        by: decision.by,
        at: decision.at,
        reason: decision.reason,
      };
      await tokens.fail(approval.token, "Approval.Rejected", JSON.stringify(cause));
    }
    return true;
  } catch (error) {
    if (error instanceof TokenGone) return false;
    throw error;
  }
}

/**
 * Delivers decisions that are stored but not delivered. Run it at start, and on a timer with
 * `olderThanMs`, which leaves alone what `decide` is about to deliver itself. One that cannot be
 * delivered does not hold up the others; the first such error is thrown at the end.
 * Returns how many were delivered.
 */
export async function deliverPending(
  ports: Pick<Ports, "records" | "tokens" | "clock">,
  olderThanMs = 0,
): Promise<number> {
  const limit = new Date(ports.clock.now().getTime() - olderThanMs).toISOString();
  const pending: HeldApproval[] = [];
  for await (const held of queryApprovals({ queue: "undelivered" }, ports)) {
    if ((held.approval.decision?.at ?? "") > limit) break;
    pending.push(held);
  }
  const errors: unknown[] = [];
  for (const { approval } of pending) {
    try {
      // Indexes may lag: what counts is the item itself.
      const current = await readApproval(approval.id, ports);
      if (current?.approval.decision && !current.approval.delivered) await deliver(current, ports);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return pending.length;
}
