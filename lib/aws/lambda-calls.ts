/** The one call of Lambda that `Control` and agents use. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const lambda = { invoke: InvokeCommand } as const;

export function makeLambdaClient(access?: AwsAccess): LambdaClient {
  return new LambdaClient(clientSettings(access));
}

/**
 * For functions that may take minutes before their first byte: how long one is waited for, and how
 * often it is asked, is the caller's to say.
 */
export function makePatientLambdaClient(): LambdaClient {
  return new LambdaClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3_000, socketTimeout: 0 },
  });
}
