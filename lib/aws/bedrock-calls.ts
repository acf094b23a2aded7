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

/** Longer than any function runs: a call is given up by its model's timeout, never by this one. */
const SESSION_TIMEOUT_MS = 16 * 60_000;

/**
 * One attempt, whatever the environment says: retries are the state machine's, and caps count calls.
 * The client's own handler speaks HTTP/2. Each call gets a connection of its own: one that was kept
 * may have died while the function was frozen, and the handler would use it, and wait on it, again
 * and again. A handshake costs milliseconds, a model's answer seconds.
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
