/** What an execution says of itself, as the index of runs wants it. */
import { z } from "zod";
import type { DescribeExecution } from "../../engine/index.ts";
import type { RunInput } from "../../runtime/call.ts";
import type { RunRecord } from "../../runtime/control.ts";
import type { Json } from "../../runtime/json.ts";
import type { RunReport } from "../../runtime/runs.ts";
import type { StoredBundle } from "./bundle-store.ts";
import { ENVIRONMENT } from "./placeholders.ts";

const Envelope = z.object({
  input: z.custom<Json>((value) => value !== undefined),
  run: z.object({
    principal: z.string(),
    customer: z.string().nullable(),
    startedAt: z.string().optional(),
  }),
}) satisfies z.ZodType<Pick<RunInput, "input" | "run">>;

/** `bundle` is the one that the execution runs; absent where no bundle made its machine. */
export function runReport(
  execution: DescribeExecution,
  bundle: StoredBundle | undefined,
): RunReport {
  const envelope = envelopeOf(execution.input);
  const ended = execution.status !== "RUNNING";
  const run: RunRecord = {
    id: execution.name,
    workflow: workflowOf(execution.stateMachineArn),
    version: bundle?.plan.version ?? "",
    digest: bundle?.digest ?? "",
    environment: ENVIRONMENT,
    customer: envelope?.run.customer ?? null,
    principal: envelope?.run.principal ?? "",
    status: execution.status,
    startedAt: envelope?.run.startedAt ?? execution.startDate.toISOString(),
    endedAt: ended ? (execution.stopDate?.toISOString() ?? null) : null,
    error:
      execution.status === "RUNNING" || execution.status === "SUCCEEDED"
        ? null
        : { name: errorName(execution), cause: execution.cause ?? "" },
  };
  return { run, redrives: execution.redriveCount };
}

/** The run's own input; what was given as such where it was started without an envelope. */
export function runInput(execution: Pick<DescribeExecution, "input">): Json {
  return envelopeOf(execution.input)?.input ?? (JSON.parse(execution.input) as Json);
}

function envelopeOf(text: string): z.infer<typeof Envelope> | undefined {
  return Envelope.safeParse(JSON.parse(text)).data;
}

function errorName({ error, status }: DescribeExecution): string {
  if (error !== undefined) return error;
  return status === "TIMED_OUT" ? "States.Timeout" : status === "ABORTED" ? "Aborted" : "";
}

function workflowOf(machine: string): string {
  return machine.split(":")[6] ?? machine;
}
