import type { ApprovalStats, Percentiles } from "../../runtime/approval/approval-stats.ts";
import type { Json } from "../../runtime/json.ts";
import type { Invocation, Outcome } from "../command.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import { formatMilliseconds } from "../text/time-text.ts";
import { nothingRan, readControl } from "./open-control.ts";

/** How approvals go: how many, how long they took, what was overridden. */
export async function showStats(
  invocation: Invocation,
  since: string | undefined,
): Promise<Outcome> {
  const stats = await readControl(
    invocation,
    (control) => control.approvalStats(since === undefined ? {} : { from: since }),
    () => nothingRan(invocation),
  );
  print(invocation, stats);
  return { exitCode: 0, document: { stats: stats as unknown as Json } };
}

function print({ out }: Invocation, stats: ApprovalStats): void {
  const rows: [string, string][] = [
    ["requested", String(stats.requested)],
    ["open now", `${stats.open}, ${stats.overdue} overdue`],
    ["approved", `${stats.approved}, ${stats.byRule} of them by rule, ${stats.edited} changed`],
    ["rejected", String(stats.rejected)],
    ["expired", String(stats.expired)],
    ["cancelled", String(stats.cancelled)],
    ["escalated", String(stats.escalated)],
    ["delegated", String(stats.delegated)],
    ["reached nobody", String(stats.reachedNobody)],
    ["time to first open", timeText(stats.timeToFirstOpen)],
    ["time to decide", timeText(stats.timeToDecide)],
  ];
  out.lines(renderTable([{ title: "APPROVALS" }, { title: "" }], rows, out.width));
  if (stats.overrides.length === 0) return;
  out.line();
  out.lines(
    renderTable(
      [{ title: "REJECTED OR CHANGED FOR", shrink: true }, { title: "COUNT" }],
      stats.overrides.map(({ reason, count }) => [safeText(reason), String(count)]),
      out.width,
    ),
  );
}

function timeText(time: Percentiles | null): string {
  if (time === null) return "-";
  const [p50, p95] = [time.p50, time.p95].map((seconds) => formatMilliseconds(seconds * 1000));
  return `p50 ${p50}, p95 ${p95}`;
}
