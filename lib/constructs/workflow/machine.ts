import { RemovalPolicy, Stack } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import {
  CfnStateMachine,
  CfnStateMachineAlias,
  CfnStateMachineVersion,
} from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import type { Plan } from "../../compiler/plan.ts";
import { LIVE, machineName } from "../../runtime/deployed.ts";
import { machineLogGroup } from "../../runtime/express.ts";
import { acknowledgeWildcard } from "../acknowledge.ts";
import * as grants from "../grants.ts";
import { acknowledgeTracing, tracing } from "../kit-function.ts";
import type { Platform } from "../platform/platform.ts";
import { deployedDefinition } from "./definition.ts";
import { RunLog } from "./run-log.ts";
import type { StepFunctions } from "./step-functions.ts";
import type { GradualDeployment } from "./workflow-props.ts";

export interface MachineProps {
  readonly platform: Platform;
  readonly plan: Plan;
  readonly digest: string;
  readonly planDigest: string;
  readonly steps: StepFunctions;
  readonly logExecutionData: boolean;
}

/** Rule by which Step Functions hears of the end of an execution that it started with `.sync`. */
const NESTED_RULE = "StepFunctionsGetEventsForStepFunctionsExecutionRule";

/** The state machine of a workflow, with its role and its log. */
export class Machine extends Construct {
  readonly name: string;
  readonly role: Role;
  readonly resource: CfnStateMachine;
  readonly #platform: Platform;

  constructor(scope: Construct, id: string, props: MachineProps) {
    super(scope, id);
    const { platform, plan, digest, planDigest, steps } = props;
    this.#platform = platform;
    this.name = machineName(platform.environment, plan.workflow);
    const express = plan.type === "express";
    const logs = new LogGroup(this, "Logs", {
      logGroupName: machineLogGroup(this.name),
      retention: platform.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = this.#makeRole(plan, steps);
    this.resource = new CfnStateMachine(this, "Resource", {
      stateMachineName: this.name,
      stateMachineType: express ? "EXPRESS" : "STANDARD",
      roleArn: this.role.roleArn,
      definitionString: Stack.of(this).toJsonString(
        deployedDefinition(plan, {
          digest,
          planDigest,
          environment: platform.environment,
          eventBus: platform.bus.eventBusName,
          approval: platform.functions.approvalAlias.functionArn,
          functions: steps.versions,
          workflows: new Map(plan.workflows.map((name) => [name, this.#startArn(name)])),
          resolvePolicy: (policy) => platform.resolvePolicy(policy),
        }),
      ),
      loggingConfiguration: {
        level: "ALL",
        // Of an express run, there is no other history.
        includeExecutionData: express || props.logExecutionData,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logs.logGroupArn } }],
      },
      tracingConfiguration: { enabled: true },
    });
    // The role's own policies are part of it, those that it got later are not.
    this.resource.node.addDependency(this.role);
    // Before the machine, so that no run is missed.
    if (express) this.resource.node.addDependency(new RunLog(this, "RunLog", { platform, logs }));
  }

  get arn(): string {
    return this.resource.attrArn;
  }

  /**
   * Publishes the machine as it is now and points the alias `live` to it. Returns the ARN that runs
   * are started on. Older versions stay: to go back to, and for runs in flight.
   */
  publish(deployment: GradualDeployment | undefined, digest: string, alarms: readonly IAlarm[]) {
    const version = new CfnStateMachineVersion(this, "Version", {
      stateMachineArn: this.arn,
      // Changes with each change of the machine, and so makes CloudFormation publish the next version.
      stateMachineRevisionId: this.resource.attrStateMachineRevisionId,
      description: digest,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const alias = new CfnStateMachineAlias(this, "Alias", {
      name: LIVE,
      stateMachineArn: this.arn,
      deploymentPreference: {
        stateMachineVersionArn: version.attrArn,
        ...(deployment
          ? {
              type: deployment.type.toUpperCase(),
              percentage: deployment.percentage,
              interval: deployment.interval.toMinutes(),
              alarms: alarms.map(({ alarmName }) => alarmName),
            }
          : { type: "ALL_AT_ONCE" }),
      },
    });
    return alias.attrArn;
  }

  #makeRole(plan: Plan, steps: StepFunctions): Role {
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("states.amazonaws.com"),
      inlinePolicies: {
        logs: new PolicyDocument({ statements: [logDelivery()] }),
        tracing: new PolicyDocument({
          statements: [tracing(), samplingRules()],
        }),
      },
    });
    acknowledgeTracing(role, "nor do those for delivering logs");
    for (const { function: made } of steps.steps) {
      // Every version, as a run in flight calls the one that it began with (aws/aws-cdk#17515).
      const versions = `${made.functionArn}:*`;
      role.addToPolicy(
        new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [versions] }),
      );
      acknowledgeWildcard(role, versions, "a run in flight calls the version that it began with");
    }
    if (plan.approvals.length > 0) {
      role.addToPolicy(
        new PolicyStatement({
          actions: ["lambda:InvokeFunction"],
          resources: [this.#platform.functions.approvalAlias.functionArn],
        }),
      );
    }
    if (plan.emits.length > 0) {
      role.addToPolicy(
        new PolicyStatement({
          actions: ["events:PutEvents"],
          resources: [this.#platform.bus.eventBusArn],
        }),
      );
    }
    if (plan.workflows.length > 0) this.#allowNested(role, plan.workflows);
    return role;
  }

  /** https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html */
  #allowNested(role: Role, workflows: readonly string[]): void {
    const { environment } = this.#platform;
    const runs = workflows.map((name) => grants.executions(this, machineName(environment, name)));
    role.addToPolicy(
      new PolicyStatement({
        actions: ["states:StartExecution"],
        resources: workflows.map((name) => this.#startArn(name)),
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ["states:DescribeExecution", "states:StopExecution"],
        resources: runs,
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
        resources: [
          Stack.of(this).formatArn({
            service: "events",
            resource: "rule",
            resourceName: NESTED_RULE,
          }),
        ],
      }),
    );
    for (const arn of runs) {
      acknowledgeWildcard(role, arn, "the names of the runs that it starts are made at run time");
    }
  }

  #startArn(workflow: string): string {
    const name = machineName(this.#platform.environment, workflow);
    return grants.machineArn(this, this.#platform.publish ? `${name}:${LIVE}` : name);
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy */
function logDelivery(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ],
    resources: ["*"],
  });
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html */
function samplingRules(): PolicyStatement {
  return new PolicyStatement({
    actions: ["xray:GetSamplingRules", "xray:GetSamplingTargets"],
    resources: ["*"],
  });
}
