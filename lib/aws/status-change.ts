/**
 * Step Functions' report that an execution has begun or ended, as EventBridge delivers it: at least
 * once, in any order.
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
import * as z from "zod";
import type { RunInput } from "../runtime/call.ts";
import { machineName } from "../runtime/deployed.ts";
import type { Json } from "../runtime/json.ts";
import { RUN_STATUSES, type RunReport } from "../runtime/runs.ts";
import type { AwsClients } from "./clients.ts";
import { bundleOfExecution, type RunBundle } from "./executions.ts";

/** Milliseconds since 1970 in an event, a `Date` where it was described. */
const Time = z.union([z.number(), z.date()]).transform((time) => new Date(time).toISOString());

const Execution = z.object({
  executionArn: z.string(),
  stateMachineArn: z.string(),
  name: z.string(),
  // A redrive that has not begun yet has no news for anybody.
  status: z.enum(RUN_STATUSES).or(z.literal("PENDING_REDRIVE").transform(() => "RUNNING" as const)),
  startDate: Time,
  stopDate: Time.nullish(),
  input: z.string().nullish(),
  output: z.string().nullish(),
  error: z.string().nullish(),
  cause: z.string().nullish(),
  redriveCount: z.number().nullish(),
});
export type Execution = z.infer<typeof Execution>;

export const StatusChange = z.object({
  "detail-type": z.literal("Step Functions Execution Status Change"),
  detail: Execution,
});
export type StatusChange = z.infer<typeof StatusChange>;

const Envelope = z.object({
  input: z.custom<Json>((value) => value !== undefined),
  run: z.object({
    principal: z.string(),
    customer: z.string().nullable(),
    startedAt: z.string().optional(),
  }),
}) satisfies z.ZodType<Pick<RunInput, "input" | "run">>;

/** Throws `ZodError` for what is no description of an execution. */
export async function describeExecution(
  executionArn: string,
  client: AwsClients["sfn"],
): Promise<Execution> {
  const [sender, { sfn }] = await Promise.all([client(), import("./sfn-calls.ts")]);
  const described = await sender.send(new sfn.describe({ executionArn }));
  return Execution.parse(described);
}

/**
 * The execution with its input, and with error and cause if it failed. The event itself says how
 * things stand, since DescribeExecution may lag; it leaves out what is too large for an event.
 */
export async function completeExecution(
  { detail }: StatusChange,
  client: AwsClients["sfn"],
): Promise<Execution> {
  const isFailed = detail.status !== "RUNNING" && detail.status !== "SUCCEEDED";
  const lacks = typeof detail.input !== "string" || (isFailed && typeof detail.error !== "string");
  if (!lacks) return detail;
  const described = await describeExecution(detail.executionArn, client);
  return { ...described, ...withoutNothing(detail) };
}

/** What the index of runs takes. */
export async function reportOf(
  execution: Execution,
  environment: string,
  client: AwsClients["sfn"],
): Promise<RunReport> {
  return reportWith(
    await bundleOfExecution(execution.executionArn, client),
    execution,
    environment,
  );
}

/** The same where it is known which bundle the execution runs. */
export function reportWith(
  bundle: RunBundle,
  execution: Execution,
  environment: string,
): RunReport {
  const { name, status, startDate, stopDate, redriveCount } = execution;
  const prefix = machineName(environment, "");
  const workflow = bundle.workflow.startsWith(prefix)
    ? bundle.workflow.slice(prefix.length)
    : bundle.workflow;
  const envelope = envelopeOf(execution);
  return {
    redrives: redriveCount ?? 0,
    ...(bundle.plan !== undefined && { plan: bundle.plan }),
    run: {
      id: name,
      workflow,
      version: bundle.version,
      digest: bundle.digest,
      environment,
      customer: envelope?.run.customer ?? null,
      principal: envelope?.run.principal ?? "",
      status,
      startedAt: envelope?.run.startedAt ?? startDate,
      endedAt: status === "RUNNING" ? null : (stopDate ?? null),
      error: errorOf(execution),
    },
  };
}

/** The run's own input; what was given as such where it was started without an envelope. */
export function inputOf(execution: Pick<Execution, "input">): Json {
  return envelopeOf(execution)?.input ?? (JSON.parse(execution.input ?? "null") as Json);
}

function envelopeOf({ input }: Pick<Execution, "input">): z.infer<typeof Envelope> | undefined {
  return Envelope.safeParse(JSON.parse(input ?? "null")).data;
}

function errorOf({ status, error, cause }: Execution): RunReport["run"]["error"] {
  if (status === "RUNNING" || status === "SUCCEEDED") return null;
  const otherwise =
    status === "TIMED_OUT" ? "States.Timeout" : status === "ABORTED" ? "Aborted" : "";
  return { name: error ?? otherwise, cause: cause ?? "" };
}

function withoutNothing<T extends object>(value: T): Partial<T> {
  const known = Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
  return Object.fromEntries(known) as Partial<T>;
}
