import { Duration, Tags } from "aws-cdk-lib";
import { type Alarm, type IAlarm, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { Plan } from "../../compiler/plan.ts";
import { type WorkflowParts, workflowParameter } from "../../runtime/deployed-workflow.ts";
import { prepareBundleSync } from "../code/prepare-bundle-sync.ts";
import { makeDeadLetters } from "../dead-letters.ts";
import type { KitFunction } from "../kit-function.ts";
import { makeAlarm } from "../platform/platform-alarms.ts";
import { checkChannels } from "./check-channels.ts";
import { makeIntake } from "./intake.ts";
import { Machine } from "./machine.ts";
import { Snapshot } from "./snapshot.ts";
import { StepFunctions } from "./step-functions.ts";
import { Triggers } from "./triggers.ts";
import type { WorkflowProps } from "./workflow-props.ts";

/**
 * A bundle as it runs in an account: its functions, its state machine behind the alias `live`, what
 * starts its runs, and its alarms. Throws `DiagnosticsError` with every finding if the bundle is not
 * sound.
 */
export class Workflow extends Construct {
  readonly plan: Plan;
  /** `sha256:…` of the bundle. */
  readonly digest: string;
  readonly steps: StepFunctions;
  readonly machine: Machine;
  /** What runs are started on: the alias, or the machine where none is published. */
  readonly startArn: string;
  readonly intake: KitFunction;
  /** What was refused, and what could not be delivered. */
  readonly deadLetters: Queue;
  /** For runs that failed, and for runs that timed out. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const { platform } = props;
    const bundle =
      typeof props.bundle === "string"
        ? prepareBundleSync(props.bundle, platform.environment)
        : props.bundle;
    const { plan, digest } = bundle;
    this.plan = plan;
    this.digest = digest;
    const retentionClass = props.retentionClass ?? platform.retentionClass;
    platform.tag(this);
    Tags.of(this).add("espalier:workflow", plan.workflow);

    const snapshot = new Snapshot(this, "Snapshot", { platform, bundle });
    this.steps = new StepFunctions(this, "Steps", { platform, bundle, retentionClass });
    this.machine = new Machine(this, "Machine", {
      platform,
      plan,
      digest,
      planDigest: snapshot.planDigest,
      steps: this.steps,
      logExecutionData: props.logExecutionData ?? false,
    });
    this.machine.resource.node.addDependency(snapshot);
    this.alarms = [
      this.#alarmFor("FailedRuns", "ExecutionsFailed", "runs failed", props),
      this.#alarmFor("TimedOutRuns", "ExecutionsTimedOut", "runs timed out", props),
    ];
    // None of `alarms`: what an account is allowed is no fault of a new version.
    this.#alarmFor("ThrottledRuns", "ExecutionThrottled", "transitions were throttled", props, 3);
    this.startArn = platform.publish
      ? this.machine.publish(
          props.deployment,
          digest,
          props.deployment?.alarms ?? (this.alarms as readonly IAlarm[]),
        )
      : this.machine.arn;

    this.deadLetters = makeDeadLetters(this, "DeadLetters");
    makeAlarm(
      this,
      "Refused",
      {
        description: `${this.machine.name}: events were refused, or could not be delivered`,
        metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
          statistic: Stats.MAXIMUM,
        }),
        threshold: 1,
      },
      platform.alarmActions,
    );
    this.intake = makeIntake(this, "Intake", {
      platform,
      bundle,
      retentionClass,
      start: this.startArn,
      machine: this.machine.name,
      deadLetters: this.deadLetters,
    });
    this.#publishParts(platform.environment);
    checkChannels(this, plan, platform.telling?.settings);
    new Triggers(this, "Triggers", {
      platform,
      plan,
      intake: this.intake,
      deadLetters: this.deadLetters,
    });
  }

  /** How the CLI finds the workflow, and the function that starts its runs. */
  #publishParts(environment: string): void {
    const { workflow, version, type, description } = this.plan;
    const parts: WorkflowParts = {
      format: 1,
      workflow,
      version,
      digest: this.digest,
      description,
      type,
      intake: this.intake.function.functionName,
    };
    new StringParameter(this, "Parts", {
      parameterName: workflowParameter(environment, workflow),
      description: `What ${this.machine.name} consists of`,
      stringValue: JSON.stringify(parts),
    });
  }

  /** One metric each: alarms on expressions cost as much, and not every emulator has them. */
  #alarmFor(
    id: string,
    metricName: string,
    what: string,
    { platform, failureThreshold }: WorkflowProps,
    periods = 1,
  ): Alarm {
    const metric = new Metric({
      namespace: "AWS/States",
      metricName,
      dimensionsMap: { StateMachineArn: this.machine.arn },
      statistic: Stats.SUM,
      period: Duration.minutes(5),
    });
    return makeAlarm(
      this,
      id,
      {
        description: `${this.machine.name}: ${what}`,
        metric,
        threshold: failureThreshold ?? 1,
        periods,
      },
      platform.alarmActions,
    );
  }
}
