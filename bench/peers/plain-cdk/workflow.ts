import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomResource, RemovalPolicy } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  DefinitionBody,
  IntegrationPattern,
  LogLevel,
  StateMachine,
  TaskInput,
} from "aws-cdk-lib/aws-stepfunctions";
import { EventBridgePutEvents, LambdaInvoke } from "aws-cdk-lib/aws-stepfunctions-tasks";
import { Construct } from "constructs";
import type { FunctionCode } from "./code.ts";
import { PlainFunction } from "./plain-function.ts";
import { alarm, deadLetters, type PlainPlatform } from "./platform.ts";

/** Tasks in a row, an approval, an event; started by an event. */
export class PlainWorkflow extends Construct {
  constructor(scope: Construct, id: string, platform: PlainPlatform, code: FunctionCode) {
    super(scope, id);
    const machine = this.#machine(platform, code);
    const version = new CfnStateMachineVersion(this, "Version", {
      stateMachineArn: machine.stateMachineArn,
      stateMachineRevisionId: machine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const live = new CfnStateMachineAlias(this, "Alias", {
      name: "live",
      deploymentPreference: { stateMachineVersionArn: version.attrArn, type: "ALL_AT_ONCE" },
    });
    alarm(this, "Failed", machine.metricFailed());
    alarm(this, "TimedOut", machine.metricTimedOut());
    this.#snapshot(platform);

    const queue = deadLetters(this);
    alarm(this, "Refused", queue.metricApproximateNumberOfMessagesVisible());
    const intake = new PlainFunction(this, "Intake", {
      code,
      handler: "intake",
      environment: { START: live.attrArn, RUNS: platform.runs.bucketName },
      statements: [
        new PolicyStatement({ actions: ["states:StartExecution"], resources: [live.attrArn] }),
        artifacts(platform),
      ],
      deadLetterQueue: queue,
    });
    new Rule(this, "Rule", {
      eventBus: platform.bus,
      eventPattern: { source: ["com.example.shop"], detailType: ["OrderPlaced"] },
      targets: [new FunctionTarget(intake.function, { deadLetterQueue: queue })],
    });
    new StringParameter(this, "Parts", {
      parameterName: "/plain/orders",
      stringValue: JSON.stringify({ intake: intake.function.functionName }),
    });
  }

  #machine(platform: PlainPlatform, code: FunctionCode): StateMachine {
    const tasks = code.steps.map((handler) => {
      const made = new PlainFunction(this, handler, {
        code,
        handler,
        environment: { TABLE: platform.table.tableName, RUNS: platform.runs.bucketName },
        statements: [artifacts(platform)],
      });
      return LambdaInvoke.jsonata(this, `Task ${handler}`, {
        lambdaFunction: made.function.currentVersion as IFunction,
        payload: TaskInput.fromObject({ input: "{% $states.input %}" }),
        outputs: "{% $states.result.Payload %}",
      });
    });
    const approval = LambdaInvoke.jsonata(this, "Ask", {
      lambdaFunction: platform.approval as IFunction,
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: TaskInput.fromObject({ token: "{% $states.context.Task.Token %}" }),
    });
    const told = EventBridgePutEvents.jsonata(this, "Tell", {
      entries: [
        {
          source: "com.example.shop",
          detailType: "OrderSent",
          detail: TaskInput.fromObject({}),
          eventBus: platform.bus,
        },
      ],
    });
    const [first, ...rest] = tasks;
    if (!first) throw new Error("There are no handlers.");
    let chain = first.next(rest[0] ?? approval);
    for (const [index, task] of rest.entries()) chain = task.next(rest[index + 1] ?? approval);
    approval.next(told);
    if (chain.endStates.length === 0) throw new Error("The machine has no end.");
    return new StateMachine(this, "Machine", {
      definitionBody: DefinitionBody.fromChainable(first),
      logs: {
        destination: new LogGroup(this, "Logs", { retention: RetentionDays.THREE_MONTHS }),
        level: LogLevel.ALL,
      },
      tracingEnabled: true,
    });
  }

  /** The sources, to be copied to where they stay. */
  #snapshot(platform: PlainPlatform): void {
    const folder = mkdtempSync(join(tmpdir(), "plain-cdk-"));
    const file = join(folder, "sources.json");
    writeFileSync(file, JSON.stringify({ sources: [] }));
    const asset = new Asset(this, "Source", { path: file });
    rmSync(folder, { recursive: true });
    new CustomResource(this, "Snapshot", {
      serviceToken: platform.snapshot.function.functionArn,
      resourceType: "Custom::EspalierSnapshot",
      properties: { Bucket: asset.s3BucketName, Key: asset.s3ObjectKey },
    });
  }
}

function artifacts(platform: PlainPlatform): PolicyStatement {
  return new PolicyStatement({
    actions: ["s3:GetObject", "s3:PutObject"],
    resources: [platform.runs.arnForObjects("artifacts/*")],
  });
}
