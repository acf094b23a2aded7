/** The function that follows runs: their index, their snapshots, and what is overdue. */
import { Duration } from "aws-cdk-lib";
import { Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import {
  environmentPrefix,
  INDEXES,
  OBJECTS,
  PARTITIONS,
  VARIABLES,
} from "../../../runtime/deployed.ts";
import * as grants from "../../grants.ts";
import type { KitFunction } from "../../kit-function.ts";
import type { OwnFunctionMaker } from "./own-function-maker.ts";

/** How often deadlines, undelivered decisions and runs that get nowhere are looked after. */
const SWEEP = Duration.minutes(15);

export function makeRuns(own: OwnFunctionMaker, approvalAlias: Alias): KitFunction {
  const { table, buckets, environment, deadLetters, traceContent } = own.props;
  const prefix = `${environmentPrefix(environment)}-*`;
  const made = own
    .make("runs", {
      description: "Keeps the index of runs, and a snapshot of each that has ended",
      timeout: 300,
      memory: 1024,
      environment: {
        ...own.runsVariables(),
        [VARIABLES.table]: table.tableName,
        [VARIABLES.bundlesBucket]: buckets.bundles.bucketName,
        [VARIABLES.machines]: grants.machineArn(own.scope, ""),
        [VARIABLES.approval]: approvalAlias.functionArn,
        ...(traceContent && { [VARIABLES.traceContent]: "true" }),
      },
      deadLetterQueue: deadLetters,
    })
    .allow(
      grants.items(
        table,
        [PARTITIONS.run, PARTITIONS.approval, PARTITIONS.approver],
        ["dynamodb:BatchWriteItem", "dynamodb:Query"],
      ),
      grants.itemsFor(table, ["Query"], [PARTITIONS.journal, PARTITIONS.model]),
      own.appendAudit(),
      grants.queryIndexes(table, INDEXES),
      grants.readExecutions(own.scope, environment),
      ...grants.readExpress(own.scope, environment, table),
      grants.taskTokens(own.scope, environment),
      // It has neither channels nor the keys of links: who is still to be told is told there.
      new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [approvalAlias.functionArn],
      }),
      grants.readObjects(buckets.runs, OBJECTS.artifacts),
      grants.readObjects(buckets.runs, OBJECTS.runs),
      grants.writeObjects(buckets.runs, OBJECTS.runs, true),
      grants.listObjects(buckets.runs),
      grants.readObjects(buckets.bundles, OBJECTS.bundles),
      grants.listObjects(buckets.bundles),
    );
  own.accept(
    made,
    [buckets.runs, OBJECTS.artifacts, "any run may have any artifact"],
    [buckets.runs, OBJECTS.runs, "one prefix for each run"],
    [buckets.bundles, OBJECTS.bundles, "a run may have begun on any bundle that was deployed"],
  );
  own.acceptArn(made, grants.machines(own.scope, environment), "a token names no machine");
  own.acceptArn(
    made,
    grants.executions(own.scope, prefix),
    "runs of every workflow of the environment, which its name prefix limits",
  );
  own.acceptArn(
    made,
    grants.machineLogs(own.scope, environment),
    "the log of an express machine is the history of its runs; logs are named after machines",
  );
  return made;
}

/** Rules on the default bus, where AWS puts its own events. */
export function watchRuns(own: OwnFunctionMaker, runs: KitFunction): void {
  const { environment, deadLetters } = own.props;
  const target = { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(24) };
  new Rule(own.scope, "RunStatus", {
    description: `Runs of ${environment} that begin and end`,
    eventPattern: {
      source: ["aws.states"],
      detailType: ["Step Functions Execution Status Change"],
      detail: {
        stateMachineArn: [
          { prefix: grants.machineArn(own.scope, `${environmentPrefix(environment)}-`) },
        ],
      },
    },
    targets: [new LambdaFunction(runs.function, target)],
  });
  new Rule(own.scope, "Sweep", {
    description: `Deadlines, undelivered decisions and stuck runs of ${environment}`,
    schedule: Schedule.rate(SWEEP),
    targets: [
      new LambdaFunction(runs.function, {
        event: RuleTargetInput.fromObject({ sweep: true }),
        deadLetterQueue: deadLetters,
        maxEventAge: SWEEP,
      }),
    ],
  });
}
