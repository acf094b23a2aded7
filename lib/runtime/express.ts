/**
 * What express runs have of their own: Step Functions keeps neither their names apart nor their
 * history, so the intake claims a name, and the log group of the machine is what is known of a run.
 * https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
 */

/** Which kind of state machine a workflow is. */
export type WorkflowType = "standard" | "express";

/** Seconds after which Step Functions ends an express execution. */
export const EXPRESS_SECONDS = 300;

/** First part of the partition keys of claims, `intake#WORKFLOW#RUN` (`claim-run.ts`). */
export const CLAIMS = "intake#";

/** That of one workflow's claims: its intake is limited to them. */
export function claimPrefix(workflow: string): string {
  return `${CLAIMS}${workflow}#`;
}

/**
 * Log group of a machine. Step Functions adds each log group to one resource policy of limited size,
 * but for this prefix. https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
 */
export function machineLogGroup(machine: string): string {
  return `/aws/vendedlogs/states/${machine}`;
}

/** Parts of `arn:PARTITION:states:REGION:ACCOUNT:express:MACHINE:RUN:ID`; undefined for any other ARN. */
export function expressExecution(
  arn: string,
): { readonly machine: string; readonly run: string; readonly machineArn: string } | undefined {
  const parts = arn.split(":");
  const [, , service, , , kind, machine = "", run = ""] = parts;
  if (service !== "states" || kind !== "express" || parts.length !== 9) return undefined;
  return { machine, run, machineArn: [...parts.slice(0, 5), "stateMachine", machine].join(":") };
}

/** `arn:…:stateMachine:NAME[:ALIAS]` → the ARNs of its express executions of one name, with a `*`. */
export function expressArns(stateMachine: string, run: string): string {
  const [arn, partition, service, region, account, , machine] = stateMachine.split(":");
  return [arn, partition, service, region, account, "express", machine, run, "*"].join(":");
}
