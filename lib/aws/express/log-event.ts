/**
 * What Step Functions logs of an express execution, as an event of GetExecutionHistory, which has
 * none of it. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
import * as z from "zod";
import type { HistoryEvent } from "../sfn-calls.ts";

/** Numbers come as texts, here and there. */
const Message = z.object({
  id: z.coerce.number(),
  type: z.string(),
  details: z.record(z.string(), z.unknown()).nullish(),
  previous_event_id: z.coerce.number().default(0),
  event_timestamp: z.coerce.number(),
  execution_arn: z.string(),
});

export interface LoggedEvent {
  readonly execution: string;
  readonly event: HistoryEvent & { readonly id: number; readonly type: string };
  /** Unix milliseconds. */
  readonly at: number;
}

/** Details that are numbers in a history. */
const NUMBERS = ["index", "length", "timeoutInSeconds", "heartbeatInSeconds"];

/** Undefined for a text that is no event of an execution. */
export function loggedEvent(text: string): LoggedEvent | undefined {
  const parsed = Message.safeParse(parse(text)).data;
  if (!parsed) return undefined;
  const { id, type, details, previous_event_id, event_timestamp, execution_arn } = parsed;
  const event = {
    id,
    previousEventId: previous_event_id,
    timestamp: new Date(event_timestamp),
    type,
    ...(details && { [detailsName(type)]: withNumbers(details) }),
  };
  return { execution: execution_arn, event: event as LoggedEvent["event"], at: event_timestamp };
}

/** `TaskStateEntered` → `stateEnteredEventDetails`, `TaskScheduled` → `taskScheduledEventDetails`. */
function detailsName(type: string): string {
  const own = /State(Entered|Exited)$/.exec(type)?.[0] ?? type;
  return `${own.charAt(0).toLowerCase()}${own.slice(1)}EventDetails`;
}

function withNumbers(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      NUMBERS.includes(name) && typeof value === "string" ? Number(value) : value,
    ]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
