/** What an environment's file says, as props of the constructs. */
import { Duration, type Stack } from "aws-cdk-lib";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Key } from "aws-cdk-lib/aws-kms";
import { ObjectLockRetention } from "aws-cdk-lib/aws-s3";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Environment } from "../../manifest/environment/environment.ts";
import type { PlatformProps } from "../platform/platform-props.ts";
import type { GradualDeployment } from "../workflow/workflow-props.ts";
import { modelSettings } from "./model-settings.ts";

/** `stack` is where references to what exists already (key, topic) are made. */
export function platformProps(name: string, environment: Environment, stack: Stack): PlatformProps {
  const { retention, lock, key, alarms, logLevel, traces, dashboard, publish } = environment;
  return {
    environment: name,
    retain: environment.retain,
    config: environment.config,
    approvers: environment.approvers,
    groups: environment.groups,
    tags: environment.tags,
    ...(environment.customer !== undefined && { customer: environment.customer }),
    ...(logLevel !== undefined && { logLevel }),
    ...(traces && { traceContent: traces.content }),
    ...(dashboard !== undefined && { dashboard }),
    ...(publish !== undefined && { publish }),
    ...(key !== undefined && { encryptionKey: Key.fromKeyArn(stack, "Key", key) }),
    ...(alarms && {
      alarmActions: [new SnsAction(Topic.fromTopicArn(stack, "Alarms", alarms.topic))],
    }),
    ...(lock && {
      bundleLock:
        lock.mode === "compliance"
          ? ObjectLockRetention.compliance(Duration.days(lock.period))
          : ObjectLockRetention.governance(Duration.days(lock.period)),
    }),
    ...(environment.notify && { notify: environment.notify }),
    ...(environment.models && { models: modelSettings(environment.models) }),
    ...(retention.class !== undefined && { retentionClass: retention.class }),
    ...(retention.logs !== undefined && { logRetention: retention.logs }),
    ...(retention.classes && {
      retentionClasses: Object.fromEntries(
        Object.entries(retention.classes).map(([one, days]) => [one, Duration.days(days)]),
      ),
    }),
  };
}

export function gradualDeployment({ deployment }: Environment): GradualDeployment | undefined {
  return (
    deployment && {
      type: deployment.type,
      percentage: deployment.percentage,
      interval: Duration.minutes(deployment.interval),
    }
  );
}
