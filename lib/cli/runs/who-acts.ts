/** Who does it, where nobody is named: at a terminal, whoever is logged in there; on AWS, whoever AWS lets in. */
import { awsFailure } from "../aws/aws-failure.ts";
import type { Invocation } from "../command.ts";
import { localPerson } from "./approval-links.ts";

export async function whoActs({ aws }: Pick<Invocation, "aws">): Promise<string> {
  if (aws === undefined) return localPerson();
  const { environment: _, ...access } = aws;
  try {
    // Loaded here alone: work on this machine never loads the AWS SDK.
    const { callerIdentity } = await import("../../aws/caller-identity.ts");
    return await callerIdentity(access);
  } catch (error) {
    throw awsFailure(error, aws) ?? error;
  }
}
