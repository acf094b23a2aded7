import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { OBJECTS, VARIABLES } from "../../runtime/deployed.ts";
import type { WorkflowType } from "../../runtime/express.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { acknowledgeWildcard } from "../acknowledge.ts";
import { handlerPackage } from "../code/handlers.ts";
import type { PreparedBundle } from "../code/prepared-bundle.ts";
import * as grants from "../grants.ts";
import { KitFunction } from "../kit-function.ts";
import type { Platform } from "../platform/platform.ts";

export interface IntakeProps {
  readonly platform: Platform;
  readonly bundle: PreparedBundle;
  readonly retentionClass: string;
  /** What runs are started on: alias or machine. */
  readonly start: string;
  /** Of the machine. */
  readonly machine: string;
  readonly deadLetters: Queue;
}

/** What the intake knows of its workflow: `intake.json` in its package. */
export interface IntakeDocument {
  readonly format: 1;
  readonly workflow: string;
  readonly version: string;
  readonly type: WorkflowType;
  readonly digest: string;
  readonly input: JsonObject | true;
  readonly config: JsonObject;
  /** Of the environment, where that is one customer's. */
  readonly customer?: string;
  readonly triggers: readonly JsonObject[];
}

/** The one function that starts runs of a workflow: checks the input, names the run after its event. */
export function makeIntake(scope: Construct, id: string, props: IntakeProps): KitFunction {
  const { platform, bundle, retentionClass, start, machine, deadLetters } = props;
  const { plan, digest } = bundle;
  const document: IntakeDocument = {
    format: 1,
    workflow: plan.workflow,
    version: plan.version,
    type: plan.type,
    digest,
    input: plan.contracts.input,
    config: platform.configOf(plan.workflow, plan.config),
    ...(platform.customer !== undefined && { customer: platform.customer }),
    triggers: plan.triggers,
  };
  const express = plan.type === "express";
  const runs = grants.executions(scope, machine);
  const artifacts = platform.runs.arnForObjects(`${OBJECTS.artifacts}*`);
  const made = new KitFunction(scope, id, {
    description: `${plan.workflow}: starts runs`,
    files: new Map<string, Uint8Array | string>([
      ...handlerPackage("intake", platform.handlers),
      ["intake.json", `${JSON.stringify(document, null, 2)}\n`],
    ]),
    timeout: 30,
    memory: 512,
    environment: {
      ...platform.variables,
      [VARIABLES.runsBucket]: platform.runs.bucketName,
      [VARIABLES.retention]: retentionClass,
      [VARIABLES.stateMachine]: start,
      [VARIABLES.deadLetters]: deadLetters.queueUrl,
      ...(express && { [VARIABLES.table]: platform.table.tableName }),
    },
    deadLetterQueue: deadLetters,
    logRetention: platform.logRetention,
    removalPolicy: platform.removalPolicy,
  }).allow(
    new PolicyStatement({ actions: ["states:StartExecution"], resources: [start] }),
    express
      ? grants.claims(platform.table, plan.workflow)
      : new PolicyStatement({ actions: ["states:DescribeExecution"], resources: [runs] }),
    grants.artifacts(platform.runs),
    ...grants.useKey(platform.encryptionKey),
  );
  acknowledgeWildcard(made.role, artifacts, "artifacts are named by their content");
  if (!express) acknowledgeWildcard(made.role, runs, "runs are named after their events");
  return made;
}
