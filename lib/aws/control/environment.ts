/** Where the parts of an environment are: one parameter for it, and one for each of its workflows. */
import * as z from "zod";
import { type EnvironmentParts, environmentParameter } from "../../runtime/deployed.ts";
import { type WorkflowParts, workflowParameter } from "../../runtime/deployed-workflow.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { lazySsm } from "../lazy-ssm.ts";
import { isServiceError } from "../service-error.ts";

type Ssm = ReturnType<typeof lazySsm>;

const Environment = z.object({
  format: z.literal(1),
  environment: z.string(),
  table: z.string(),
  runsBucket: z.string(),
  bundlesBucket: z.string(),
  eventBus: z.string(),
  retention: z.string().optional(),
  approval: z.string().optional(),
  publish: z.boolean(),
}) satisfies z.ZodType<EnvironmentParts>;

const Workflow = z.object({
  format: z.literal(1),
  workflow: z.string(),
  version: z.string(),
  digest: z.string(),
  description: z.string().nullable(),
  // Deployed before there was another kind.
  type: z.enum(["standard", "express"]).default("standard"),
  intake: z.string(),
}) satisfies z.ZodType<WorkflowParts>;

export interface FoundEnvironment {
  readonly parts: EnvironmentParts;
  /** `arn:PARTITION:states:REGION:ACCOUNT:stateMachine:` */
  readonly machines: string;
}

/** Throws `RequestError` `RuntimeUnreachable` if there is none, and what the SDK throws. */
export async function findEnvironment(name: string, client: Ssm): Promise<FoundEnvironment> {
  const { value, arn } = await readParameter(environmentParameter(name), client, () =>
    unreachable(
      `There is no environment "${name}" in this account and region.`,
      "`espalier deploy` makes it. Look at --environment, --profile and --region.",
    ),
  );
  const [, partition, , region, account] = arn.split(":");
  return {
    parts: parse(Environment, value, environmentParameter(name)),
    machines: `arn:${partition}:states:${region}:${account}:stateMachine:`,
  };
}

/** Throws `RequestError` `WorkflowNotFound`. */
export async function findWorkflow(
  environment: string,
  workflow: string,
  client: Ssm,
): Promise<WorkflowParts> {
  const name = workflowParameter(environment, workflow);
  const notFound = () =>
    new RequestError(
      "WorkflowNotFound",
      `There is no workflow ${JSON.stringify(workflow.slice(0, 100))} in the environment "${environment}".`,
      "`espalier deploy` deploys the bundles.",
    );
  if (!/^[a-z][a-z0-9-]{0,40}$/.test(workflow)) throw notFound();
  return parse(Workflow, (await readParameter(name, client, notFound)).value, name);
}

/** By name. */
export async function listWorkflows(
  environment: string,
  client: Ssm,
): Promise<readonly WorkflowParts[]> {
  const [sender, { ssm }] = await Promise.all([client(), import("../ssm-calls.ts")]);
  const found: WorkflowParts[] = [];
  let NextToken: string | undefined;
  do {
    const Path = environmentParameter(environment);
    const page = await sender.send(new ssm.byPath({ Path, NextToken }));
    for (const { Name = "", Value = "" } of page.Parameters ?? []) {
      found.push(parse(Workflow, Value, Name));
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found.sort((a, b) => (a.workflow < b.workflow ? -1 : 1));
}

async function readParameter(
  Name: string,
  client: Ssm,
  notFound: () => RequestError,
): Promise<{ readonly value: string; readonly arn: string }> {
  try {
    const [sender, { ssm }] = await Promise.all([client(), import("../ssm-calls.ts")]);
    const { Parameter } = await sender.send(new ssm.get({ Name }));
    return { value: Parameter?.Value ?? "", arn: Parameter?.ARN ?? "" };
  } catch (error) {
    if (isServiceError(error, "ParameterNotFound")) throw notFound();
    throw error;
  }
}

function parse<T>(shape: z.ZodType<T>, text: string, name: string): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    throw unreachable(
      `The parameter ${name} is none that this version of Espalier reads.`,
      "Deploy the environment and this command line with the same version.",
    );
  }
}

function unreachable(message: string, hint: string): RequestError {
  return new RequestError("RuntimeUnreachable", message, hint);
}
