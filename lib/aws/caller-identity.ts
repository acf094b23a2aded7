/** Who the credentials of a caller belong to, as AWS names them. */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type AwsAccess, clientSettings } from "./client-settings.ts";

/** An ARN: `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`. Needs no permission; throws what the SDK throws. */
export async function callerIdentity(access: AwsAccess): Promise<string> {
  const client = new STSClient(clientSettings(access));
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    if (Arn === undefined) throw new Error("AWS did not say whose the credentials are.");
    return Arn;
  } finally {
    client.destroy();
  }
}
