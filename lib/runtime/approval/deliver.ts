/**
 * Telling a run what was decided, exactly once. The token is answered, then the events are appended,
 * then all of it is marked as done. A process that dies before the mark leaves a decision for
 * `deliverPending`; if the answer had been given already, the second one meets a task that no longer
 * waits (`TokenGone`).
 *
 * Between two stages no token waits at all. A decision that falls into that gap stays undelivered: the
 * next stage's call finds it, and answers its own token with it.
 */
import { digestOfJson } from "../canonical-json.ts";
import { ConditionFailed, TokenGone } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Ports } from "../ports.ts";
import type { ApprovalResult } from "./approval.ts";
import { appendEvents, flushEvents, MACHINE, withEvents } from "./approval-events.ts";
import { APPROVAL_METRICS, countMetric, type MetricSink } from "./approval-metrics.ts";
import { changeApproval, queryApprovals, readApproval } from "./approval-store.ts";
import { stagesOf } from "./stages.ts";
import type { HeldApproval, StoredApproval } from "./stored-approval.ts";

type DeliveryPorts = Pick<Ports, "records" | "tokens" | "clock">;

export interface Delivery {
  readonly held: HeldApproval;
  /**
   * `told`: the run knows. `gone`: its task had ended, and nothing follows it. `between`: the stage had
   * ended, and the next one's call will bring a token.
   */
  readonly outcome: "told" | "gone" | "between";
}

/** The machine enters the next stage within seconds, or minutes if the function is hard to reach. */
const NEXT_STAGE_MS = 15 * 60_000;

/** Answers the token of a decided approval and marks it as delivered. */
export function deliver(pending: HeldApproval, ports: DeliveryPorts): Promise<Delivery> {
  return deliverFrom(pending, ports, undefined);
}

/** @param answered the token that this delivery has answered already: to ask again would find it gone */
async function deliverFrom(
  pending: HeldApproval,
  ports: DeliveryPorts,
  answered: string | undefined,
): Promise<Delivery> {
  const { token } = pending.approval;
  const heard = answered === token || (await answer(pending.approval, ports));
  if (!heard && mayGoOn(pending.approval, ports.clock.now())) {
    const standing = (await readApproval(pending.approval.id, ports)) ?? pending;
    // Another token has come meanwhile, and with it perhaps another answer.
    if (standing.approval.delivered) return { held: standing, outcome: "told" };
    if (standing.approval.token !== token) return deliverFrom(standing, ports, undefined);
    return { held: standing, outcome: "between" };
  }
  const { approval } = pending;
  const at = ports.clock.now().toISOString();
  const { events, unaudited } = withEvents(
    approval,
    [{ actor: MACHINE, event: "approval.delivered", data: { heard }, key: keyOf(token) }],
    at,
  );
  await appendEvents(approval, unaudited, ports);
  try {
    const change = { delivered: true, events, unaudited: [] };
    const held = await changeApproval(pending, change, ports);
    return { held, outcome: heard ? "told" : "gone" };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const standing = await readApproval(approval.id, ports);
    if (!standing) throw error;
    // Somebody else delivered it meanwhile; that is why no task waited.
    if (standing.approval.delivered) return { held: standing, outcome: "told" };
    // Changed in some other way (it was opened, a message went out): once more, from what stands.
    return deliverFrom(standing, ports, heard ? token : answered);
  }
}

/** One answer for each token. The token itself stays in the store. */
function keyOf(token: string): string {
  return `delivered/${digestOfJson(token).slice(-16)}`;
}

/** Whether a further stage of this request may still come. */
export function mayGoOn(
  { policy, stage, stageEndsAt }: Pick<StoredApproval, "policy" | "stage" | "stageEndsAt">,
  now: Date,
): boolean {
  if (stageEndsAt === null || stagesOf(policy)[stage]?.last !== false) return false;
  // Long before its end, a token is gone because the run went another way.
  const end = Date.parse(stageEndsAt);
  return now.getTime() >= end - CLOCKS_DIFFER_MS && now.getTime() < end + NEXT_STAGE_MS;
}

/** Step Functions' clock, and the time that a call takes to the function. */
const CLOCKS_DIFFER_MS = 60_000;

async function answer(
  approval: StoredApproval,
  { tokens }: Pick<Ports, "tokens">,
): Promise<boolean> {
  const { decision } = approval;
  if (!decision) throw new TypeError(`The approval ${approval.id} is not decided.`);
  const { by, at, reason, category, edited } = decision;
  try {
    if (decision.verdict === "approved") {
      const result: ApprovalResult = {
        approval: approval.id,
        verdict: "approved",
        by,
        at,
        reason,
        category,
        ...(edited !== null && { edited }),
      };
      await tokens.succeed(approval.token, result as ApprovalResult & Json);
    } else {
      const cause = { approval: approval.id, by, at, reason, category };
      await tokens.fail(approval.token, "Approval.Rejected", JSON.stringify(cause));
    }
    return true;
  } catch (error) {
    if (error instanceof TokenGone) return false;
    throw error;
  }
}

/**
 * Delivers decisions that are stored but not delivered, and appends events that are not in the audit.
 * Run it at start, and on a timer with `olderThanMs`, which leaves alone what `decide` is about to
 * deliver itself. One that cannot be delivered does not hold up the others; the first such error is
 * thrown at the end. Returns how many were looked at.
 */
export async function deliverPending(
  ports: DeliveryPorts & MetricSink,
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
      if (!current) continue;
      if (current.approval.decision && !current.approval.delivered) {
        const line = countMetric(current.approval, APPROVAL_METRICS.redelivered, ports.clock.now());
        ports.writeLine?.(line);
        await deliver(current, ports);
      } else await flushEvents(current, ports);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return pending.length;
}
