/** The one call of SQS that we use. Loaded on first use, through `lazy`. */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const sqs = { send: SendMessageCommand } as const;

export type { SQSClient } from "@aws-sdk/client-sqs";

export function makeSqsClient(access?: AwsAccess): SQSClient {
  const { AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL } = process.env;
  return new SQSClient({
    ...clientSettings(access),
    // An emulator's queues have URLs of a host that only it knows.
    useQueueUrlAsEndpoint: (AWS_ENDPOINT_URL_SQS ?? AWS_ENDPOINT_URL) === undefined,
  });
}
