/** What starts runs without being asked, in the manifest's order. */
import { CfnOutput, Duration } from "aws-cdk-lib";
import {
  type EventPattern,
  type IEventBus,
  Rule,
  RuleTargetInput,
  type RuleTargetInputProperties,
} from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { FunctionUrlAuthType } from "aws-cdk-lib/aws-lambda";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import type { IQueue, Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Plan } from "../../compiler/plan.ts";
import { Trigger } from "../../manifest/trigger.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { KitFunction } from "../kit-function.ts";
import type { Platform } from "../platform/platform.ts";

export interface TriggersProps {
  readonly platform: Platform;
  readonly plan: Plan;
  readonly intake: KitFunction;
  readonly deadLetters: Queue;
}

/** An event that cannot be delivered for a day goes to the dead letters. */
const MAX_EVENT_AGE = Duration.hours(24);

export class Triggers extends Construct {
  readonly #props: TriggersProps;

  constructor(scope: Construct, id: string, props: TriggersProps) {
    super(scope, id);
    this.#props = props;
    const triggers = props.plan.triggers.map((written) => Trigger.parse(written));
    for (const [index, trigger] of triggers.entries()) this.#make(trigger, index);
    if (triggers.some((trigger) => "http" in trigger)) this.#makeUrl();
  }

  #make(trigger: Trigger, index: number): void {
    if ("event" in trigger) {
      this.#makeRule(index, trigger.event as JsonObject);
    } else if ("object-created" in trigger) {
      const { bucket, prefix, suffix } = trigger["object-created"];
      const key = {
        ...(prefix !== undefined && { prefix }),
        ...(suffix !== undefined && { suffix }),
      };
      this.#makeRule(index, {
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: {
          bucket: { name: [bucket] },
          ...(prefix !== undefined || suffix !== undefined
            ? {
                object: {
                  key:
                    prefix !== undefined && suffix !== undefined
                      ? [{ wildcard: `${escaped(prefix)}*${escaped(suffix)}` }]
                      : [key],
                },
              }
            : {}),
        },
      });
    } else if ("schedule" in trigger) {
      this.#makeSchedule(index, trigger.schedule, trigger.timezone);
    }
  }

  /** AWS's own events come on the default bus, all others on the environment's. */
  #makeRule(index: number, pattern: JsonObject): void {
    const { platform, plan, intake, deadLetters } = this.#props;
    const sources = pattern.source;
    const fromAws =
      Array.isArray(sources) &&
      sources.length > 0 &&
      sources.every((source) => typeof source === "string" && source.startsWith("aws."));
    const { "detail-type": detailType, ...rest } = pattern;
    new Rule(this, `Rule${index}`, {
      description: `Starts ${plan.workflow}`,
      ...(!fromAws && { eventBus: platform.bus as IEventBus }),
      eventPattern: { ...rest, ...(detailType !== undefined && { detailType }) } as EventPattern,
      targets: [
        new LambdaFunction(intake.function, {
          event: new WholeEvent(index),
          deadLetterQueue: deadLetters as IQueue,
          maxEventAge: MAX_EVENT_AGE,
        }),
      ],
    });
  }

  #makeSchedule(index: number, expression: string, timezone: string | undefined): void {
    const { plan, intake, deadLetters } = this.#props;
    const role = new Role(this, `Schedule${index}Role`, {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com"),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [intake.function.functionArn],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [deadLetters.queueArn] }),
    );
    const schedule = new CfnSchedule(this, `Schedule${index}`, {
      description: `Starts ${plan.workflow}`,
      scheduleExpression: expression,
      ...(timezone !== undefined && { scheduleExpressionTimezone: timezone }),
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: intake.function.functionArn,
        roleArn: role.roleArn,
        // Context attributes of the scheduler, not of the CDK.
        input: JSON.stringify({
          trigger: index,
          event: {
            id: "<aws.scheduler.execution-id>",
            time: "<aws.scheduler.scheduled-time>",
          },
        }),
        deadLetterConfig: { arn: deadLetters.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: MAX_EVENT_AGE.toSeconds() },
      },
    });
    schedule.node.addDependency(role);
  }

  /** Callers sign their requests, and need `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`. */
  #makeUrl(): void {
    const url = this.#props.intake.function.addFunctionUrl({
      authType: FunctionUrlAuthType.AWS_IAM,
    });
    new CfnOutput(this, "Url", {
      description: `Starts ${this.#props.plan.workflow}; requests are signed`,
      value: url.url,
    });
  }
}

/** In a wildcard pattern these stand for themselves after a backslash. */
function escaped(text: string): string {
  return text.replace(/[*\\]/g, "\\$&");
}

/**
 * The event as it came, beside the trigger's number. The variable is EventBridge's own and stands for
 * the whole event as JSON.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
class WholeEvent extends RuleTargetInput {
  readonly #trigger: number;

  constructor(trigger: number) {
    super();
    this.#trigger = trigger;
  }

  bind(): RuleTargetInputProperties {
    return { inputTemplate: `{"trigger":${this.#trigger},"event":<aws.events.event.json>}` };
  }
}
