/** The one call of Bedrock that models are asked with. */
import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
} from "@aws-sdk/client-bedrock-runtime";
import type { AwsAccess } from "./client-settings.ts";

export const bedrock = { converse: ConverseCommand } as const;

export interface BedrockAccess extends AwsAccess {
  /** Another endpoint than the region's: a VPC endpoint, a proxy, a local server. */
  readonly endpoint?: string;
}

/**
 * One attempt, whatever the environment says: retries are the state machine's, and caps count calls.
 * The client's own handler speaks HTTP/2. No timeout here: a model has one of its own.
 */
export function makeBedrockClient({ region, profile, endpoint }: BedrockAccess = {}) {
  const settings: BedrockRuntimeClientConfig = {
    maxAttempts: 1,
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
  };
  return new BedrockRuntimeClient(settings);
}
