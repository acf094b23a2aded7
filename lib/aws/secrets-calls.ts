/** The calls of Secrets Manager that are used. Loaded on first use, through `lazy`. */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const secrets = {
  get: GetSecretValueCommand,
  put: PutSecretValueCommand,
  move: UpdateSecretVersionStageCommand,
} as const;

export function makeSecretsClient(access?: AwsAccess): SecretsManagerClient {
  return new SecretsManagerClient(clientSettings(access));
}
