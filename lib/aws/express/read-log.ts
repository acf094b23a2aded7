/** The history of express executions, from the log group of their machine. */
import { EXPRESS_SECONDS, machineLogGroup } from "../../runtime/express.ts";
import { isLastEvent } from "../../runtime/run-snapshot.ts";
import type { lazyLogs } from "../lazy-logs.ts";
import { isServiceError } from "../service-error.ts";
import type { HistoryEvent } from "../sfn-calls.ts";
import { type LoggedEvent, loggedEvent } from "./log-event.ts";

/** One attempt at an execution: what the log has of it by now, in order. */
export interface LoggedRun {
  readonly execution: string;
  readonly started: HistoryEvent;
  readonly events: readonly HistoryEvent[];
  /** Absent until it has ended. */
  readonly last: HistoryEvent | undefined;
  /** Whether no event is missing in between; logs are delivered as well as it goes. */
  readonly complete: boolean;
}

export interface LogQuery {
  /** Name of the machine. */
  readonly machine: string;
  /** ARN of an execution; with a `*` at its end, of all that begin so. */
  readonly execution: string;
  /** Some time at which the execution was running. */
  readonly at: Date;
}

/** An execution that Step Functions takes up again may have begun earlier; clocks differ, too. */
const SLACK_MS = 2 * (EXPRESS_SECONDS + 60) * 1000;

/**
 * The executions that a query means, that which ended first in front; those whose beginning is not
 * in the log (yet) are left out. Throws what the SDK throws.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export async function readLog(
  { machine, execution, at }: LogQuery,
  client: ReturnType<typeof lazyLogs>,
): Promise<readonly LoggedRun[]> {
  const found = new Map<string, LoggedEvent[]>();
  for await (const message of messages({ machine, execution, at }, client)) {
    const logged = loggedEvent(message);
    if (!logged) continue;
    const events = found.get(logged.execution) ?? [];
    if (events.push(logged) === 1) found.set(logged.execution, events);
  }
  return [...found.values()]
    .flatMap((events) => lastAttempt(events) ?? [])
    .sort((a, b) => endOf(a) - endOf(b));
}

async function* messages(
  { machine, execution, at }: LogQuery,
  client: ReturnType<typeof lazyLogs>,
): AsyncGenerator<string> {
  const [sender, { logs }] = await Promise.all([client(), import("../logs-calls.ts")]);
  let nextToken: string | undefined;
  do {
    const asked = new logs.filter({
      logGroupName: machineLogGroup(machine),
      filterPattern: `{ $.execution_arn = "${execution}" }`,
      startTime: at.getTime() - SLACK_MS,
      endTime: at.getTime() + SLACK_MS,
      nextToken,
    });
    const page = await sender.send(asked).catch((error: unknown) => {
      // The log group goes with its workflow.
      if (isServiceError(error, "ResourceNotFoundException")) return undefined;
      throw error;
    });
    // A page may be empty, and another one follow.
    for (const { message = "" } of page?.events ?? []) yield message;
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Step Functions carries out an execution again from its beginning if it lost it on the way, and logs
 * may be delivered twice: counted is what came after the last beginning, each event once.
 */
export function lastAttempt(logged: readonly LoggedEvent[]): LoggedRun | undefined {
  const beginnings = logged.filter(({ event }) => event.type === "ExecutionStarted");
  const since = Math.max(...beginnings.map(({ at }) => at));
  const byId = new Map<number, LoggedEvent>();
  for (const one of logged) {
    if (one.at >= since && !byId.has(one.event.id)) byId.set(one.event.id, one);
  }
  const sorted = [...byId.values()].sort((a, b) => a.event.id - b.event.id);
  const first = sorted.find(({ event }) => event.type === "ExecutionStarted");
  if (!first) return undefined;
  const last = sorted.findLast(({ event }) => isLastEvent(event.type))?.event;
  return {
    execution: first.execution,
    started: first.event,
    events: sorted.map(({ event }) => event),
    last,
    complete: sorted.every(({ event }, index) => event.id === index + 1),
  };
}

function endOf({ last }: LoggedRun): number {
  return last?.timestamp?.getTime() ?? Number.POSITIVE_INFINITY;
}
