import { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  MathExpression,
  Stats,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import {
  APPROVAL_METRICS,
  environmentPrefix,
  FAILURES,
  METRIC_NAMESPACE,
} from "../../runtime/deployed.ts";
import { approvals, stuckRuns } from "./platform-alarms.ts";

/**
 * Every workflow of the environment at a glance. Search expressions find the machines by their
 * names, so a new workflow appears without a deployment of the platform.
 */
export function makeDashboard(
  scope: Construct,
  id: string,
  props: {
    readonly environment: string;
    readonly alarms: readonly Alarm[];
    readonly deadLetters: Queue;
  },
): Dashboard {
  const { environment, alarms, deadLetters } = props;
  const prefix = environmentPrefix(environment);
  const ofMachines = (metric: string, statistic: string) =>
    new MathExpression({
      expression: `SEARCH('{AWS/States,StateMachineArn} MetricName="${metric}" "${prefix}"', '${statistic}', 300)`,
      label: "",
      period: Duration.minutes(5),
      usingMetrics: {},
    });
  const graph = (title: string, metric: string, statistic: string = Stats.SUM) =>
    new GraphWidget({ title, width: 8, left: [ofMachines(metric, statistic)] });
  const search = (title: string, expression: string) =>
    new GraphWidget({
      title,
      width: 8,
      left: [
        new MathExpression({
          expression: `SEARCH('${expression}', '${Stats.SUM}', 300)`,
          label: "",
          period: Duration.minutes(5),
          usingMetrics: {},
        }),
      ],
    });
  return new Dashboard(scope, id, {
    dashboardName: prefix,
    widgets: [
      [new AlarmStatusWidget({ title: "Alarms", width: 24, alarms: [...alarms] })],
      [
        graph("Runs started", "ExecutionsStarted"),
        graph("Runs succeeded", "ExecutionsSucceeded"),
        graph("Runs failed", "ExecutionsFailed"),
      ],
      [
        graph("Runs timed out", "ExecutionsTimedOut"),
        graph("Duration of runs (p90)", "ExecutionTime", Stats.p(90)),
        new GraphWidget({
          title: "Needs a look",
          width: 8,
          left: [
            stuckRuns(environment),
            deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
          ],
        }),
      ],
      [
        new GraphWidget({
          title: "Requests for approval",
          width: 8,
          left: [
            approvals(environment, APPROVAL_METRICS.queueDepth, Stats.MAXIMUM),
            approvals(environment, APPROVAL_METRICS.overdue, Stats.MAXIMUM),
          ],
        }),
        new GraphWidget({
          title: "Milliseconds until a request is opened, and decided",
          width: 8,
          left: [APPROVAL_METRICS.timeToFirstOpen, APPROVAL_METRICS.timeToDecide].flatMap((name) =>
            [Stats.p(50), Stats.p(95)].map((statistic) => approvals(environment, name, statistic)),
          ),
        }),
        new GraphWidget({
          title: "Approvals that need a look",
          width: 8,
          left: [
            approvals(environment, APPROVAL_METRICS.reachedNobody),
            approvals(environment, APPROVAL_METRICS.escalated),
            approvals(environment, APPROVAL_METRICS.expired),
            approvals(environment, APPROVAL_METRICS.redelivered),
          ],
        }),
      ],
      [
        search(
          "Proposals that people rejected or changed, by category",
          `{${METRIC_NAMESPACE},${APPROVAL_METRICS.dimension},category} MetricName="${APPROVAL_METRICS.overridden}" environment="${environment}"`,
        ),
      ],
      [
        search(
          "Tokens of models",
          `{${METRIC_NAMESPACE},workflow,step} MetricName=("gen_ai.usage.input_tokens" OR "gen_ai.usage.output_tokens")`,
        ),
        search(
          "Cost of models (millionths)",
          `{${METRIC_NAMESPACE},workflow,step} MetricName="espalier.cost"`,
        ),
        search(
          "Failures of models and agents",
          `{${METRIC_NAMESPACE},${FAILURES.dimensions.join()}} environment="${environment}"`,
        ),
      ],
    ],
  });
}
