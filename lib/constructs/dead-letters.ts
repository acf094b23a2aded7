import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

/**
 * A dead-letter queue: what lies in it waits two weeks, the longest that SQS keeps anything. Encrypted
 * with a key of SQS itself: EventBridge could write with a customer key only if that key's policy
 * named it, and what it cannot write is lost.
 */
export function makeDeadLetters(scope: Construct, id: string): Queue {
  const queue = new Queue(scope, id, {
    retentionPeriod: Duration.days(14),
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
    encryption: QueueEncryption.SQS_MANAGED,
  });
  acknowledge(queue, "AwsSolutions-SQS3", "This queue is itself the dead-letter queue of others.");
  return queue;
}
