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

function details({ type, d = {} }: Rec, includeData: boolean): JsonObject {
  const result: Record<string, Json> = {};
  for (const name in d) {
    const value = d[name] as Json;
    switch (name) {
      case "input":
      case "output":
        if (!includeData) break;
        // The input of ExecutionStarted is kept as the caller wrote it.
        result[name] = type === "ExecutionStarted" ? value : JSON.stringify(value);
        result[`${name}Details`] = { truncated: false };
        break;
      case "parameters":
        result.parameters = JSON.stringify(value);
        break;
      case "assignedVariables":
        if (!includeData) break;
        result.assignedVariables = textsOf(value as JsonObject);
        result.assignedVariablesDetails = { truncated: false };
        break;
      default:
        result[name] = value;
    }
  }
  return result;
}

function textsOf(values: JsonObject): JsonObject {
  const texts: Record<string, Json> = {};
  for (const name in values) texts[name] = JSON.stringify(values[name]);
  return texts;
}
