import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import {
  APPROVAL_METRICS,
  environmentPrefix,
  FAILURES,
  METRIC_NAMESPACE,
  STUCK_RUNS,
} from "../../runtime/deployed.ts";
import type { ErrorName } from "../../runtime/errors.ts";
import type { OwnFunctions } from "./own-functions.ts";

const FIVE_MINUTES = Duration.minutes(5);

export interface AlarmOptions {
  readonly description: string;
  readonly metric: IMetric;
  /** The alarm goes off from this value on. */
  readonly threshold: number;
  /** Periods of the metric. Default 1. */
  readonly periods?: number;
}

/** An alarm for a count that is better zero; without data all is well. */
export function makeAlarm(
  scope: Construct,
  id: string,
  { description, metric, threshold, periods = 1 }: AlarmOptions,
  actions: readonly IAlarmAction[],
): Alarm {
  const alarm = new Alarm(scope, id, {
    alarmDescription: description,
    metric,
    threshold,
    evaluationPeriods: periods,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(...actions);
  return alarm;
}

export interface PlatformAlarmsProps {
  readonly environment: string;
  readonly functions: OwnFunctions;
  readonly table: Table;
  readonly deadLetters: Queue;
  readonly actions: readonly IAlarmAction[];
}

/** What can go wrong in an environment as a whole; `Workflow` has the alarms of its runs. */
export class PlatformAlarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: PlatformAlarmsProps) {
    super(scope, id);
    const { environment, functions, table, deadLetters, actions } = props;
    const alarms: Record<string, AlarmOptions> = {
      DeadLetters: {
        description: "Events that the platform could not work off wait in its dead-letter queue",
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
        threshold: 1,
      },
      StuckRuns: {
        description:
          "Runs get nowhere: a decision does not reach them, nothing happens, or their end is not recorded",
        metric: stuckRuns(environment),
        threshold: 1,
        periods: 2,
      },
      ApprovalErrors: {
        description: "Approvals could not be stored: runs fail at their approval steps",
        metric: functions.approval.function.metricErrors({ period: FIVE_MINUTES }),
        threshold: 1,
      },
      ApprovalsReachedNobody: {
        description: "A request for approval reached nobody: every channel of its policy failed",
        metric: approvals(environment, APPROVAL_METRICS.reachedNobody),
        threshold: 1,
      },
      ApprovalsOverdue: {
        description: "A request for approval is past its deadline, and nobody has decided",
        metric: approvals(environment, APPROVAL_METRICS.overdue, Stats.MAXIMUM),
        threshold: 1,
      },
      ApprovalsExpired: {
        description: "A request for approval has expired: its last deadline went by",
        metric: approvals(environment, APPROVAL_METRICS.expired),
        threshold: 1,
      },
      ApprovalsRedelivered: {
        description: "A decision did not reach its run at once, and was delivered by the sweep",
        metric: approvals(environment, APPROVAL_METRICS.redelivered),
        threshold: 1,
      },
      ...(functions.approvals && {
        ApprovalPageErrors: {
          description: "The pages of approvals fail: people cannot decide",
          metric: functions.approvals.function.metricErrors({ period: FIVE_MINUTES }),
          threshold: 1,
        },
      }),
      ModelsThrottled: {
        description:
          "Models are asked more often than the account's quota allows; steps wait, then fail",
        metric: failures(environment, "Model.Throttled"),
        threshold: 10,
        periods: 3,
      },
      BudgetExceeded: {
        description: "A run, or a step of one, has spent what its limits allow for models",
        metric: failures(environment, "Budget.Exceeded"),
        threshold: 1,
      },
      ToolsDisabled: {
        description: "Approved tool calls do not happen, as tools are switched off",
        metric: failures(environment, "Tools.Disabled"),
        threshold: 1,
      },
      TableReadThrottles: {
        description: "The table refuses to read: more than its on-demand capacity takes",
        metric: table.metric("ReadThrottleEvents", { statistic: Stats.SUM, period: FIVE_MINUTES }),
        threshold: 1,
        periods: 3,
      },
      IndexReadThrottles: {
        description:
          "The table's indexes refuse to be read: more than their on-demand capacity takes",
        metric: throttled(table, "Query"),
        threshold: 1,
        periods: 3,
      },
      TableWriteThrottles: {
        description:
          "The table or one of its indexes refuses to write: more than its on-demand capacity takes",
        metric: throttled(table, "PutItem"),
        threshold: 1,
        periods: 3,
      },
      FunctionThrottles: {
        description:
          "Lambda refuses calls: the functions of this account are at its concurrency limit",
        metric: new Metric({
          namespace: "AWS/Lambda",
          metricName: "Throttles",
          statistic: Stats.SUM,
          period: FIVE_MINUTES,
        }),
        threshold: 1,
        periods: 3,
      },
    };
    this.all = Object.entries(alarms).map(([name, options]) =>
      makeAlarm(
        this,
        name,
        { ...options, description: `${environmentPrefix(environment)}: ${options.description}` },
        actions,
      ),
    );
  }
}

/**
 * Refused requests, whether the table or one of its indexes refused: its throttle events are counted
 * for the table alone, or for one index.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
function throttled(table: Table, Operation: "PutItem" | "Query"): Metric {
  return new Metric({
    namespace: "AWS/DynamoDB",
    metricName: "ThrottledRequests",
    dimensionsMap: { TableName: table.tableName, Operation },
    statistic: Stats.SUM,
    period: FIVE_MINUTES,
  });
}

/** Written by the functions that ask, show and sweep. */
export function approvals(
  environment: string,
  metricName: string,
  statistic: string = Stats.SUM,
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [APPROVAL_METRICS.dimension]: environment },
    statistic,
    period: FIVE_MINUTES,
  });
}

/** Written by the functions of models and agents, for each attempt that failed. */
function failures(environment: string, error: ErrorName): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: FAILURES.metric,
    dimensionsMap: { environment, error },
    statistic: Stats.SUM,
    period: FIVE_MINUTES,
  });
}

/** Written by the sweep of the `runs` function, every 15 minutes, also when it is zero. */
export function stuckRuns(environment: string): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: STUCK_RUNS.metric,
    dimensionsMap: { [STUCK_RUNS.dimension]: environment },
    statistic: Stats.MAXIMUM,
    period: Duration.minutes(15),
  });
}
