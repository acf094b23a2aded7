import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

/** A dead-letter queue: what lies in it waits two weeks, the longest that SQS keeps anything. */
export function makeDeadLetters(
  scope: Construct,
  id: string,
  {
    encryptionKey,
    retain,
  }: { readonly encryptionKey?: IKey | undefined; readonly retain: boolean },
): Queue {
  const queue = new Queue(scope, id, {
    retentionPeriod: Duration.days(14),
    enforceSSL: true,
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(encryptionKey
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
      : { encryption: QueueEncryption.SQS_MANAGED }),
  });
  acknowledge(queue, "AwsSolutions-SQS3", "This queue is itself the dead-letter queue of others.");
  return queue;
}
