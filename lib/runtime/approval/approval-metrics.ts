/** Lines of the log that CloudWatch makes metrics of, by the dimension `environment`. */
import { APPROVAL_METRICS } from "../deployed.ts";
import { metricLine } from "../embedded-metric.ts";
import { type Approval, type Decision, RULE } from "./approval.ts";

export { APPROVAL_METRICS };

/** Takes a line for the log, without its end; absent where nobody collects metrics. */
export interface MetricSink {
  readonly writeLine?: ((line: string) => void) | undefined;
}

export function countMetric(
  { run, id }: Approval,
  name: (typeof APPROVAL_METRICS)["escalated" | "expired" | "redelivered"],
  at: Date,
): string {
  return metricLine({
    dimensions: [APPROVAL_METRICS.dimension],
    metrics: [{ name, unit: "Count" }],
    fields: { [name]: 1, environment: run.environment, workflow: run.workflow, approval: id },
    at,
  });
}

/** How long people took, and what they overrode; nothing where none was asked. */
export function decisionMetrics(approval: Approval, at: Date): readonly string[] {
  const override = overrideOf(approval);
  return [timesMetric(approval, at), override && overrideMetric(approval, override, at)].flatMap(
    (line) => line ?? [],
  );
}

/** What people rejected, or changed before they approved it, and why; undefined: nothing. */
export function overrideOf({ decision, votes }: Approval): Override | undefined {
  if (!decision || decision.by === RULE) return undefined;
  if (decision.verdict === "rejected") return decision;
  if (decision.edited === null) return undefined;
  // Who changed the proposal said why, not who came after.
  return votes.find(({ edited }) => edited !== null) ?? decision;
}

type Override = Pick<Decision, "category" | "reason">;

function overrideMetric({ run, id }: Approval, { category }: Override, at: Date): string {
  const { overridden, dimension } = APPROVAL_METRICS;
  return metricLine({
    // Categories are the policy's, and so few; reasons are free text, and stay in `approvals stats`.
    dimensions: [dimension, "category"],
    metrics: [{ name: overridden, unit: "Count" }],
    fields: {
      [overridden]: 1,
      environment: run.environment,
      category: category ?? "(none)",
      workflow: run.workflow,
      approval: id,
    },
    at,
  });
}

function timesMetric(approval: Approval, at: Date): string | undefined {
  const { run, id, decision, requestedAt, openedAt } = approval;
  if (!decision || decision.by === RULE) return undefined;
  const since = (time: string) => Math.max(0, Date.parse(time) - Date.parse(requestedAt));
  const { timeToDecide, timeToFirstOpen } = APPROVAL_METRICS;
  return metricLine({
    dimensions: [APPROVAL_METRICS.dimension],
    metrics: [timeToDecide, ...(openedAt === null ? [] : [timeToFirstOpen])].map((name) => ({
      name,
      unit: "Milliseconds",
    })),
    fields: {
      [timeToDecide]: since(decision.at),
      ...(openedAt !== null && { [timeToFirstOpen]: since(openedAt) }),
      environment: run.environment,
      workflow: run.workflow,
      approval: id,
      verdict: decision.verdict,
    },
    at,
  });
}

export function queueMetric(
  queue: { readonly open: number; readonly overdue: number },
  environment: string,
  at: Date,
): string {
  const { queueDepth, overdue, dimension } = APPROVAL_METRICS;
  return metricLine({
    dimensions: [dimension],
    metrics: [queueDepth, overdue].map((name) => ({ name, unit: "Count" })),
    fields: { [queueDepth]: queue.open, [overdue]: queue.overdue, environment },
    at,
  });
}
