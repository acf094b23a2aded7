/** What the log says of an express run, as the index of runs wants it. */

import type { RunStatus } from "../../runtime/control.ts";
import { expressExecution } from "../../runtime/express.ts";
import type { RunReport } from "../../runtime/runs.ts";
import type { AwsClients } from "../clients.ts";
import { bundleOfDefinition, identityIn, type RunBundle } from "../executions.ts";
import type { HistoryEvent } from "../sfn-calls.ts";
import { type Execution, reportWith } from "../status-change.ts";
import type { LoggedRun } from "./read-log.ts";

const STATUS: Readonly<Record<string, RunStatus>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionAborted: "ABORTED",
};

/** Throws an `Error` for what is no express execution, and what the SDK throws. */
export async function expressReport(
  run: LoggedRun,
  environment: string,
  client: AwsClients["sfn"],
): Promise<RunReport> {
  return reportWith(await bundleOf(run, client), executionOf(run), environment);
}

/** As `DescribeExecution` would tell it; an input or output that the log has cut off is left out. */
export function executionOf({ execution, started, last }: LoggedRun): Execution {
  const names = expressExecution(execution);
  if (!names) throw new Error(`${execution} is no express execution.`);
  const end = detailsOf(last);
  const output = whole(end.output);
  return {
    executionArn: execution,
    stateMachineArn: names.machineArn,
    name: names.run,
    status: STATUS[last?.type ?? ""] ?? "RUNNING",
    startDate: timeOf(started),
    stopDate: last ? timeOf(last) : null,
    input: whole(detailsOf(started).input) ?? null,
    output: output ?? null,
    error: textOf(end.error) ?? null,
    cause: textOf(end.cause) ?? null,
    redriveCount: 0,
  };
}

/**
 * Every call of a step carries which bundle it belongs to. A run without one is asked for by the
 * version of the machine that it began on; where none is published, by the machine as it is now.
 */
async function bundleOf(run: LoggedRun, client: AwsClients["sfn"]): Promise<RunBundle> {
  for (const event of run.events) {
    const found = identityIn(textOf(detailsOf(event).parameters) ?? "");
    if (found) return found;
  }
  const names = expressExecution(run.execution);
  const version = textOf(detailsOf(run.started).stateMachineVersionArn);
  const stateMachineArn = version ?? names?.machineArn;
  const [sender, { sfn }] = await Promise.all([client(), import("../sfn-calls.ts")]);
  const machine = await sender.send(new sfn.machine({ stateMachineArn }));
  return bundleOfDefinition(machine.definition ?? "{}", names?.machine ?? "");
}

function timeOf({ timestamp }: HistoryEvent): string {
  return (timestamp ?? new Date(0)).toISOString();
}

function detailsOf(event: HistoryEvent | undefined): Readonly<Record<string, unknown>> {
  const details = Object.entries(event ?? {}).find(([name]) => name.endsWith("EventDetails"))?.[1];
  return (details ?? {}) as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A text is cut off after 248 KiB; what is left is no JSON. */
function whole(value: unknown): string | undefined {
  const text = textOf(value);
  try {
    JSON.parse(text ?? "");
    return text;
  } catch {
    return undefined;
  }
}
