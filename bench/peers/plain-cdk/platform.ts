import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
} from "aws-cdk-lib/aws-cloudwatch";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { EventBus, Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Alias, type IVersion } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from "aws-cdk-lib/aws-s3";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { FunctionCode } from "./code.ts";
import { PlainFunction } from "./plain-function.ts";

const INDEXES = ["byWorkflow", "byStatus", "byCustomer", "byApprover", "byUsage"];

export function deadLetters(scope: Construct): Queue {
  return new Queue(scope, "DeadLetters", {
    retentionPeriod: Duration.days(14),
    enforceSSL: true,
    encryption: QueueEncryption.SQS_MANAGED,
  });
}

export function alarm(scope: Construct, id: string, metric: IMetric): Alarm {
  return new Alarm(scope, id, { metric, threshold: 1, evaluationPeriods: 1 });
}

/** What workflows share. */
export class PlainPlatform extends Construct {
  readonly bundles: Bucket;
  readonly runs: Bucket;
  readonly table: Table;
  readonly bus: EventBus;
  readonly approval: Alias;
  readonly snapshot: PlainFunction;

  constructor(scope: Construct, id: string, code: FunctionCode) {
    super(scope, id);
    const logs = this.#bucket("AccessLogs");
    this.bundles = this.#bucket("Bundles", logs);
    this.runs = this.#bucket("Runs", logs);
    this.table = this.#table();
    this.bus = new EventBus(this, "Bus", { eventBusName: "plain" });
    const queue = deadLetters(this);
    const environment = { TABLE: this.table.tableName, RUNS: this.runs.bucketName };
    const access = [
      new PolicyStatement({
        actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
        resources: [this.table.tableArn, `${this.table.tableArn}/index/*`],
      }),
      new PolicyStatement({
        actions: ["s3:GetObject", "s3:PutObject"],
        resources: [this.runs.arnForObjects("*")],
      }),
    ];
    const make = (handler: string, more: { readonly deadLetterQueue?: Queue } = {}) =>
      new PlainFunction(this, handler, { code, handler, environment, statements: access, ...more });
    const approval = make("approval");
    this.approval = new Alias(this, "ApprovalAlias", {
      aliasName: "live",
      version: approval.function.currentVersion as IVersion,
    });
    const runs = make("runs", { deadLetterQueue: queue });
    this.snapshot = make("snapshot");
    this.#watch(runs, queue);
    this.#observe(approval, runs, queue);
    new StringParameter(this, "Parts", {
      parameterName: "/plain/parts",
      stringValue: Stack.of(this).toJsonString(environment),
    });
  }

  #bucket(id: string, logs?: Bucket): Bucket {
    return new Bucket(this, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: logs !== undefined,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }],
      removalPolicy: RemovalPolicy.RETAIN,
      ...(logs && { serverAccessLogsBucket: logs as IBucket }),
    });
  }

  #table(): Table {
    const table = new Table(this, "Table", {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: "expiresAt",
      deletionProtection: true,
    });
    for (const indexName of INDEXES) {
      table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: { name: `${indexName}-pk`, type: AttributeType.STRING },
        sortKey: { name: `${indexName}-sk`, type: AttributeType.STRING },
      });
    }
    return table;
  }

  #watch(runs: PlainFunction, deadLetterQueue: Queue): void {
    new Rule(this, "RunStatus", {
      eventPattern: {
        source: ["aws.states"],
        detailType: ["Step Functions Execution Status Change"],
      },
      targets: [new FunctionTarget(runs.function, { deadLetterQueue })],
    });
    new Rule(this, "Sweep", {
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [
        new FunctionTarget(runs.function, {
          event: RuleTargetInput.fromObject({ sweep: true }),
          deadLetterQueue,
        }),
      ],
    });
  }

  #observe(approval: PlainFunction, runs: PlainFunction, queue: Queue): void {
    const sum = { statistic: Stats.SUM };
    const alarms = [
      alarm(this, "DeadLettersAlarm", queue.metricApproximateNumberOfMessagesVisible()),
      alarm(this, "StuckRuns", new Metric({ namespace: "Plain", metricName: "StuckRuns" })),
      ...["Late", "ReachedNobody", "Overdue", "Expired", "Redelivered"].map((metricName) =>
        alarm(this, `${metricName}Approvals`, new Metric({ namespace: "Plain", metricName })),
      ),
      ...["Model.Throttled", "Budget.Exceeded", "Tools.Disabled"].map((error) =>
        alarm(
          this,
          error.replace(".", ""),
          new Metric({ namespace: "Plain", metricName: "Failures", dimensionsMap: { error } }),
        ),
      ),
      alarm(this, "RunsErrors", runs.function.metricErrors()),
      alarm(this, "ApprovalErrors", approval.function.metricErrors()),
      alarm(this, "ReadThrottles", this.table.metric("ReadThrottleEvents", sum)),
      alarm(this, "WriteThrottles", this.table.metric("WriteThrottleEvents", sum)),
      alarm(this, "Throttles", new Metric({ namespace: "AWS/Lambda", metricName: "Throttles" })),
    ];
    const graph = (metric: string) =>
      new GraphWidget({
        title: metric,
        left: [
          new MathExpression({
            expression: `SEARCH('{AWS/States,StateMachineArn} MetricName="${metric}"', 'Sum', 300)`,
            usingMetrics: {},
          }),
        ],
      });
    new Dashboard(this, "Dashboard", {
      widgets: [
        [new AlarmStatusWidget({ alarms })],
        ["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed"].map(graph),
        ["ExecutionsTimedOut", "ExecutionTime", "ExecutionsAborted"].map(graph),
      ],
    });
  }
}
