import type { AwsClients } from "./clients.ts";
import { isServiceError } from "./service-error.ts";

export interface StartedExecution {
  /** ARN of a machine, or of an alias of one. */
  readonly stateMachine: string;
  readonly name: string;
  readonly input: string;
}

/**
 * Starts an execution, or finds the one that has this name already: an event that is delivered twice
 * starts one run. With `sameInput`, false if the one of that name has another input.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export async function start(
  { stateMachine, name, input }: StartedExecution,
  client: AwsClients["sfn"],
  sameInput: boolean,
): Promise<boolean> {
  const [sender, { sfn }] = await Promise.all([client(), import("./sfn-calls.ts")]);
  try {
    await sender.send(new sfn.start({ stateMachineArn: stateMachine, name, input }));
    return true;
  } catch (error) {
    if (!isServiceError(error, "ExecutionAlreadyExists")) throw error;
  }
  if (!sameInput) return true;
  const executionArn = executionArnOf(stateMachine, name);
  const standing = await sender.send(new sfn.describe({ executionArn }));
  return standing.input === input;
}

/** `arn:…:stateMachine:NAME[:ALIAS]` → `arn:…:execution:NAME:RUN`: executions name no alias. */
export function executionArnOf(stateMachine: string, run: string): string {
  const [arn, partition, service, region, account, , machine] = stateMachine.split(":");
  return [arn, partition, service, region, account, "execution", machine, run].join(":");
}
