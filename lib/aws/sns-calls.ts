/** The one call of SNS that is used. Loaded on first use, through `lazy`. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const sns = { publish: PublishCommand } as const;

/** Two attempts of its own: whoever sends tries again, and has other channels. */
export function makeSnsClient(access?: AwsAccess): SNSClient {
  return new SNSClient({ ...clientSettings(access), maxAttempts: 2 });
}
