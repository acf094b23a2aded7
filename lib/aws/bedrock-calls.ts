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
 * Longer than any function runs: a call is given up by its model's timeout. The handler's own is five
 * minutes without a byte, and until a model has answered, there is none.
 */
const SESSION_TIMEOUT_MS = 16 * 60_000;

/**
 * One attempt, whatever the environment says: retries are the state machine's, and caps count calls.
 * The client's own handler speaks HTTP/2. Each call has a connection of its own, as is the client's
 * default: one that was kept may have died while the function was frozen.
 */
export function makeBedrockClient({ region, profile, endpoint }: BedrockAccess = {}) {
  const settings: BedrockRuntimeClientConfig = {
    maxAttempts: 1,
    requestHandler: { disableConcurrentStreams: true, sessionTimeout: SESSION_TIMEOUT_MS },
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
  };
  return new BedrockRuntimeClient(settings);
}
