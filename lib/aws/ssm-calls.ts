/** The calls of Systems Manager that `Control` uses. */
import { GetParameterCommand, GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

export const ssm = { get: GetParameterCommand, byPath: GetParametersByPathCommand } as const;

export function makeSsmClient(access?: AwsAccess): SSMClient {
  return new SSMClient(clientSettings(access));
}
