/** The functions that an environment has once: approval, approvals, runs, snapshot. */
import { DefaultStackSynthesizer, Duration, Fn, Stack } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Alias, CfnPermission, type IVersion } from "aws-cdk-lib/aws-lambda";
import { CfnRotationSchedule } from "aws-cdk-lib/aws-secretsmanager";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import {
  environmentPrefix,
  INDEXES,
  LIVE,
  OBJECTS,
  PARTITIONS,
  VARIABLES,
} from "../../runtime/deployed.ts";
import { acknowledgeWildcard } from "../acknowledge.ts";
import { type Handler, handlerPackage } from "../code/handlers.ts";
import * as grants from "../grants.ts";
import { KitFunction, type KitFunctionProps } from "../kit-function.ts";
import type { Buckets } from "./buckets.ts";
import { ROTATION } from "./link-keys.ts";
import type { Telling } from "./telling.ts";

export interface OwnFunctionsProps
  extends Pick<KitFunctionProps, "logRetention" | "removalPolicy"> {
  readonly environment: string;
  readonly buckets: Buckets;
  readonly table: Table;
  readonly deadLetters: Queue;
  readonly encryptionKey: IKey | undefined;
  readonly handlers: string | undefined;
  /** Variables that every function has. */
  readonly variables: Readonly<Record<string, string>>;
  readonly retentionClass: string;
  readonly traceContent: boolean;
  /** Absent: nobody is told, and there are no pages. */
  readonly telling: Telling | undefined;
}

/** How often deadlines, undelivered decisions and runs that get nowhere are looked after. */
const SWEEP = Duration.minutes(15);

export class OwnFunctions extends Construct {
  readonly approval: KitFunction;
  /** The pages; undefined where nobody is told of them. */
  readonly approvals: KitFunction | undefined;
  readonly runs: KitFunction;
  readonly snapshot: KitFunction;
  /** What machines call: an ARN that no deployment of the platform changes. */
  readonly approvalAlias: Alias;
  readonly #props: OwnFunctionsProps;

  constructor(scope: Construct, id: string, props: OwnFunctionsProps) {
    super(scope, id);
    this.#props = props;
    this.approval = this.#makeApproval();
    this.approvalAlias = new Alias(this.approval, "Alias", {
      aliasName: LIVE,
      version: this.approval.function.currentVersion as IVersion,
    });
    const { telling } = props;
    this.approvals = telling && this.#makeApprovals(telling);
    if (telling) this.#rotate(telling);
    this.runs = this.#makeRuns();
    this.snapshot = this.#makeSnapshot();
    this.#watch();
  }

  /** Rules on the default bus, where AWS puts its own events. */
  #watch(): void {
    const { environment, deadLetters } = this.#props;
    const target = { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(24) };
    new Rule(this, "RunStatus", {
      description: `Runs of ${environment} that begin and end`,
      eventPattern: {
        source: ["aws.states"],
        detailType: ["Step Functions Execution Status Change"],
        detail: {
          stateMachineArn: [
            { prefix: grants.machineArn(this, `${environmentPrefix(environment)}-`) },
          ],
        },
      },
      targets: [new LambdaFunction(this.runs.function, target)],
    });
    new Rule(this, "Sweep", {
      description: `Deadlines, undelivered decisions and stuck runs of ${environment}`,
      schedule: Schedule.rate(SWEEP),
      targets: [
        new LambdaFunction(this.runs.function, {
          event: RuleTargetInput.fromObject({ sweep: true }),
          deadLetterQueue: deadLetters,
          maxEventAge: SWEEP,
        }),
      ],
    });
  }

  #makeApproval(): KitFunction {
    const { table, buckets, environment, telling } = this.#props;
    const made = this.#make("approval", {
      description: "Stores what an approval step asks for, and tells its approvers",
      // Channels are tried one after the other, each some times.
      timeout: 60,
      memory: 512,
      environment: {
        ...this.#runsVariables(),
        [VARIABLES.table]: table.tableName,
        [VARIABLES.bundlesBucket]: buckets.bundles.bucketName,
        [VARIABLES.machines]: grants.machineArn(this, ""),
        ...telling?.variables,
      },
      ...(telling && { files: telling.files }),
    }).allow(
      grants.items(
        table,
        [PARTITIONS.approval, PARTITIONS.approver, ...(telling ? [PARTITIONS.notified] : [])],
        ["dynamodb:BatchWriteItem", "dynamodb:Query"],
      ),
      this.#appendAudit(),
      grants.artifacts(buckets.runs),
      grants.taskTokens(this, environment),
      // The steps of a run so far are part of what its approvers are shown.
      grants.readHistories(this, environment),
      grants.readObjects(buckets.bundles, OBJECTS.bundles),
      grants.listObjects(buckets.bundles),
      ...(telling?.statements ?? []),
    );
    this.#accept(
      made,
      [buckets.runs, OBJECTS.artifacts, "artifacts are named by their content"],
      [buckets.bundles, OBJECTS.bundles, "a run may have begun on any bundle that was deployed"],
    );
    this.#acceptArn(made, grants.machines(this, environment), "a token names no machine");
    this.#acceptArn(
      made,
      grants.executions(this, `${environmentPrefix(environment)}-*`),
      "any run of the environment may ask somebody",
    );
    return made;
  }

  #makeApprovals(telling: Telling): KitFunction {
    const { table, buckets, environment } = this.#props;
    const { approval, approver, opened, notified, interaction, link } = PARTITIONS;
    const made = this.#make("approvals", {
      description: "Pages of approvals: shows requests, takes decisions",
      timeout: 29,
      memory: 1024,
      environment: {
        ...this.#runsVariables(),
        [VARIABLES.table]: table.tableName,
        ...telling.variables,
      },
      files: telling.files,
    }).allow(
      grants.items(
        table,
        [approval, approver, opened, notified, interaction, link],
        ["dynamodb:BatchWriteItem", "dynamodb:Query"],
      ),
      this.#appendAudit(),
      grants.queryIndexes(table, ["all", "status", "run", "queue"]),
      grants.readObjects(buckets.runs, OBJECTS.artifacts),
      grants.taskTokens(this, environment),
      ...telling.statements,
      ...telling.pageStatements,
    );
    this.#accept(made, [buckets.runs, OBJECTS.artifacts, "evidence of any run lies there"]);
    this.#acceptArn(made, grants.machines(this, environment), "a token names no machine");
    return made;
  }

  /** A new key for links every other month; the one before goes on verifying. */
  #rotate({ keys }: Telling): void {
    const made = this.#make("link-keys", {
      description: "Rotates the keys that sign links to approvals",
      timeout: 30,
      memory: 256,
      environment: { ...this.#props.variables },
    }).allow(grants.rotateSecret(keys.secretArn));
    // Not `addRotationSchedule`: it would add wildcards of its own to what the function may do.
    const invoke = new CfnPermission(made, "Rotate", {
      action: "lambda:InvokeFunction",
      functionName: made.function.functionName,
      principal: "secretsmanager.amazonaws.com",
      sourceArn: keys.secretArn,
    });
    const schedule = new CfnRotationSchedule(keys, "Rotation", {
      secretId: keys.secretArn,
      rotationLambdaArn: made.function.functionArn,
      rotationRules: { automaticallyAfterDays: ROTATION.toDays() },
      rotateImmediatelyOnUpdate: false,
    });
    schedule.addResourceDependency(invoke);
    const policy = made.role.node.tryFindChild("DefaultPolicy");
    if (policy) schedule.node.addDependency(policy);
  }

  #makeRuns(): KitFunction {
    const { table, buckets, environment, deadLetters, traceContent } = this.#props;
    const prefix = `${environmentPrefix(environment)}-*`;
    const made = this.#make("runs", {
      description: "Keeps the index of runs, and a snapshot of each that has ended",
      timeout: 300,
      memory: 1024,
      environment: {
        ...this.#runsVariables(),
        [VARIABLES.table]: table.tableName,
        [VARIABLES.bundlesBucket]: buckets.bundles.bucketName,
        [VARIABLES.machines]: grants.machineArn(this, ""),
        [VARIABLES.approval]: this.approvalAlias.functionArn,
        ...(traceContent && { [VARIABLES.traceContent]: "true" }),
      },
      deadLetterQueue: deadLetters,
    }).allow(
      grants.items(
        table,
        [PARTITIONS.run, PARTITIONS.approval, PARTITIONS.approver],
        ["dynamodb:BatchWriteItem", "dynamodb:Query"],
      ),
      grants.itemsFor(table, ["Query"], [PARTITIONS.journal, PARTITIONS.model]),
      this.#appendAudit(),
      grants.queryIndexes(table, INDEXES),
      grants.readExecutions(this, environment),
      ...grants.readExpress(this, environment, table),
      grants.taskTokens(this, environment),
      // It has neither channels nor the keys of links: who is still to be told is told there.
      new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [this.approvalAlias.functionArn],
      }),
      grants.readObjects(buckets.runs, OBJECTS.artifacts),
      grants.readObjects(buckets.runs, OBJECTS.runs),
      grants.writeObjects(buckets.runs, OBJECTS.runs, true),
      grants.listObjects(buckets.runs),
      grants.readObjects(buckets.bundles, OBJECTS.bundles),
      grants.listObjects(buckets.bundles),
    );
    this.#accept(
      made,
      [buckets.runs, OBJECTS.artifacts, "any run may have any artifact"],
      [buckets.runs, OBJECTS.runs, "one prefix for each run"],
      [buckets.bundles, OBJECTS.bundles, "a run may have begun on any bundle that was deployed"],
    );
    this.#acceptArn(made, grants.machines(this, environment), "a token names no machine");
    this.#acceptArn(
      made,
      grants.executions(this, prefix),
      "runs of every workflow of the environment, which its name prefix limits",
    );
    this.#acceptArn(
      made,
      grants.machineLogs(this, environment),
      "the log of an express machine is the history of its runs; logs are named after machines",
    );
    return made;
  }

  #makeSnapshot(): KitFunction {
    const { buckets } = this.#props;
    const made = this.#make("snapshot", {
      description: "Copies deployed bundles to where they stay",
      timeout: 300,
      memory: 1024,
      environment: {
        ...this.#props.variables,
        [VARIABLES.bundlesBucket]: buckets.bundles.bucketName,
      },
    }).allow(
      grants.readObjects(buckets.bundles, OBJECTS.bundles),
      grants.writeObjects(buckets.bundles, OBJECTS.bundles, false),
      grants.listObjects(buckets.bundles),
      new PolicyStatement({ actions: ["s3:GetObject"], resources: [assets(this)] }),
    );
    this.#accept(made, [buckets.bundles, OBJECTS.bundles, "one prefix for each bundle"]);
    this.#acceptArn(made, assets(this), "the CDK names assets by their content");
    return made;
  }

  /** Entries are added and read; nothing that runs here deletes one. */
  #appendAudit(): PolicyStatement {
    const actions = ["GetItem", "PutItem", "Query"] as const;
    return grants.itemsFor(this.#props.table, actions, [PARTITIONS.audit]);
  }

  #runsVariables(): Record<string, string> {
    const { variables, buckets, retentionClass } = this.#props;
    return {
      ...variables,
      [VARIABLES.runsBucket]: buckets.runs.bucketName,
      [VARIABLES.retention]: retentionClass,
    };
  }

  #make(
    handler: Handler,
    {
      files,
      ...props
    }: Omit<KitFunctionProps, "files" | "logRetention" | "removalPolicy"> &
      Partial<Pick<KitFunctionProps, "files">>,
  ): KitFunction {
    const { logRetention, removalPolicy, handlers, encryptionKey } = this.#props;
    const made = new KitFunction(this, handler[0]?.toUpperCase() + handler.slice(1), {
      ...props,
      files: new Map([...handlerPackage(handler, handlers), ...(files ?? [])]),
      logRetention,
      removalPolicy,
    });
    return made.allow(...grants.useKey(encryptionKey));
  }

  #accept(
    made: KitFunction,
    ...objects: readonly (readonly [Buckets["runs"], string, string])[]
  ): void {
    for (const [bucket, prefix, reason] of objects) {
      this.#acceptArn(made, bucket.arnForObjects(`${prefix}*`), reason);
    }
  }

  #acceptArn(made: KitFunction, arn: string, reason: string): void {
    acknowledgeWildcard(made.role, arn, reason);
  }
}

/** Objects of the bucket that `cdk bootstrap` makes, where the CDK puts what it deploys. */
function assets(scope: Construct): string {
  const { bootstrapQualifier } = Stack.of(scope).synthesizer;
  const qualifier = bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  return Fn.sub(
    `arn:\${AWS::Partition}:s3:::cdk-${qualifier}-assets-\${AWS::AccountId}-\${AWS::Region}/*`,
  );
}
