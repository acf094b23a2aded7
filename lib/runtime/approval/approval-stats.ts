/** How approvals went in a time, and how they stand now. */
import type { Ports } from "../ports.ts";
import { type Approval, RULE } from "./approval.ts";
import { overrideOf } from "./approval-metrics.ts";
import { queryApprovals } from "./approval-store.ts";

export interface Period {
  /** ISO 8601, inclusive: of the requests' making. Absent: from the first. */
  readonly from?: string | undefined;
  /** Exclusive. Absent: until now. */
  readonly to?: string | undefined;
}

export interface ApprovalStats {
  readonly requested: number;
  /** Now, whenever they were made. */
  readonly open: number;
  /** Open ones past the deadline of their level. */
  readonly overdue: number;
  readonly approved: number;
  readonly rejected: number;
  /** Of the approved ones, those that needed no person. */
  readonly byRule: number;
  readonly expired: number;
  readonly cancelled: number;
  /** Requests that came to a second level. */
  readonly escalated: number;
  readonly delegated: number;
  readonly edited: number;
  /** Open requests of which no message got to anybody. */
  readonly reachedNobody: number;
  /** Seconds from the request; null: nothing to measure. */
  readonly timeToFirstOpen: Percentiles | null;
  readonly timeToDecide: Percentiles | null;
  /** What people rejected or changed proposals for: categories, or reasons without one; most first, at most ten. */
  readonly overrides: readonly { readonly reason: string; readonly count: number }[];
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
}

const TOP = 10;
/** Of a reason: reasons that begin alike are counted as one. */
const REASON_CHARACTERS = 120;

/** Reads every approval that the table has. */
export async function approvalStats(
  { from = "", to = "\uffff" }: Period,
  ports: Pick<Ports, "records" | "clock">,
): Promise<ApprovalStats> {
  const now = ports.clock.now().toISOString();
  const made: Approval[] = [];
  const open: Approval[] = [];
  for await (const { approval } of queryApprovals({ all: true }, ports)) {
    if (approval.status === "open") open.push(approval);
    if (approval.requestedAt >= from && approval.requestedAt < to) made.push(approval);
  }
  const count = (is: (approval: Approval) => boolean) => made.filter(is).length;
  const asked = made.filter(({ decision }) => decision?.by !== RULE);
  return {
    requested: made.length,
    open: open.length,
    overdue: open.filter(({ deadline }) => deadline !== null && deadline <= now).length,
    approved: count(({ status }) => status === "approved"),
    rejected: count(({ status }) => status === "rejected"),
    byRule: count(({ status, decision }) => status === "approved" && decision?.by === RULE),
    expired: count(({ status }) => status === "expired"),
    cancelled: count(({ status }) => status === "cancelled"),
    escalated: count(({ level }) => level > 1),
    delegated: count(({ delegations }) => delegations.length > 0),
    edited: count(({ decision }) => decision !== null && decision.edited !== null),
    reachedNobody: open.filter(({ reached }) => reached?.people === 0 && reached.nobody > 0).length,
    timeToFirstOpen: percentiles(asked.flatMap((one) => secondsTo(one, one.openedAt))),
    timeToDecide: percentiles(asked.flatMap((one) => secondsTo(one, one.decision?.at ?? null))),
    overrides: topOf(asked),
  };
}

function secondsTo({ requestedAt }: Approval, time: string | null): number[] {
  if (time === null) return [];
  return [Math.max(0, (Date.parse(time) - Date.parse(requestedAt)) / 1000)];
}

/** The nearest rank: a value that was really there. */
function percentiles(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: rank(0.5), p95: rank(0.95), count: sorted.length };
}

function topOf(asked: readonly Approval[]): ApprovalStats["overrides"] {
  const counts = new Map<string, number>();
  for (const approval of asked) {
    const override = overrideOf(approval);
    if (!override) continue;
    const { category, reason: text } = override;
    const reason = category ?? text?.slice(0, REASON_CHARACTERS) ?? "(none)";
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
    .slice(0, TOP);
}
