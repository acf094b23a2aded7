import type { Json, JsonObject } from "./json.ts";
import type { Rec } from "./record.ts";

/**
 * An event of GetExecutionHistory, in the API's shape: details under the member named after the
 * type, payloads as JSON texts, `timestamp` as a Date.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: string;
  readonly [details: `${string}EventDetails`]: JsonObject;
}

/** Members that the API gives as JSON texts, and beside which it says whether it cut them. */
const PAYLOADS = ["input", "output"] as const;

export function toHistoryEvent(rec: Rec, includeData = true): HistoryEvent {
  const event = {
    id: rec.id,
    previousEventId: rec.prev,
    timestamp: new Date(rec.at),
    type: rec.type,
  };
  const key = detailsKey(rec.type);
  if (rec.d === undefined && key !== "executionAbortedEventDetails") return event;
  return { ...event, [key]: details(rec, includeData) };
}

function detailsKey(type: string): `${string}EventDetails` {
  if (type.endsWith("StateEntered")) return "stateEnteredEventDetails";
  if (type.endsWith("StateExited")) return "stateExitedEventDetails";
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

function details(rec: Rec, includeData: boolean): JsonObject {
  const written = rec.d ?? {};
  const result: Record<string, Json> = { ...written };
  for (const name of PAYLOADS) {
    const value = written[name];
    if (value === undefined) continue;
    if (includeData) {
      // The input of ExecutionStarted is kept as the caller wrote it.
      result[name] = rec.type === "ExecutionStarted" ? value : JSON.stringify(value);
      result[`${name}Details`] = { truncated: false };
    } else delete result[name];
  }
  if (written.parameters !== undefined) result.parameters = JSON.stringify(written.parameters);
  const assigned = written.assignedVariables as JsonObject | undefined;
  if (assigned !== undefined) {
    if (includeData) {
      const texts: Record<string, Json> = {};
      for (const name in assigned) texts[name] = JSON.stringify(assigned[name]);
      result.assignedVariables = texts;
      result.assignedVariablesDetails = { truncated: false };
    } else delete result.assignedVariables;
  }
  return result;
}
