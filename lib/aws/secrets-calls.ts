/** The one call of Secrets Manager that is used. Loaded on first use, through `lazy`. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const secrets = { get: GetSecretValueCommand } as const;

export function makeSecretsClient(access?: AwsAccess): SecretsManagerClient {
  return new SecretsManagerClient(clientSettings(access));
}
