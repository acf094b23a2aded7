/** The one call of SQS that we use. Loaded on first use, through `lazy`. */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const sqs = { send: SendMessageCommand } as const;

export type { SQSClient } from "@aws-sdk/client-sqs";

export function makeSqsClient(access?: AwsAccess): SQSClient {
  return new SQSClient(clientSettings(access));
}
