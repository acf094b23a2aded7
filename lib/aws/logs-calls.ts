/** The one call of CloudWatch Logs that is used. Loaded on first use, through `lazy`. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const logs = { filter: FilterLogEventsCommand } as const;

export function makeLogsClient(access?: AwsAccess): CloudWatchLogsClient {
  return new CloudWatchLogsClient(clientSettings(access));
}
