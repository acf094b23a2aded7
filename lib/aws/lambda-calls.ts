/** The one call of Lambda that `Control` uses. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const lambda = { invoke: InvokeCommand } as const;

export function makeLambdaClient(access?: AwsAccess): LambdaClient {
  return new LambdaClient(clientSettings(access));
}
