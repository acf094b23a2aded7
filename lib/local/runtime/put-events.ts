import { z } from "zod";
import { type TaskCall, TaskError } from "../../engine/index.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { Clock } from "../../runtime/ports.ts";
import type { EventLog } from "./event-log.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const Entries = z.object({
  Entries: z
    .array(
      z.object({
        Source: z.string().min(1),
        DetailType: z.string().min(1).max(128),
        /** Step Functions takes an object, where the API itself wants its JSON text. */
        Detail: z.union([z.record(z.string(), z.json()), z.string()]),
        EventBusName: z.string().optional(),
        Resources: z.array(z.string()).optional(),
      }),
    )
    .min(1)
    .max(10),
});

/**
 * `events:putEvents`: the entries stand in the event log before the task succeeds. Like Step Functions
 * it adds the execution's ARN to the resources of each
 * (https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html).
 */
export async function putEvents(task: TaskCall, log: EventLog, clock: Clock): Promise<Json> {
  const parsed = Entries.safeParse(task.arguments);
  if (!parsed.success) {
    throw new TaskError("EventBridge.ValidationException", z.prettifyError(parsed.error));
  }
  const logged = await log.append(
    parsed.data.Entries.map((entry) => ({
      time: clock.now().toISOString(),
      source: entry.Source,
      "detail-type": entry.DetailType,
      detail: detailOf(entry.Detail),
      resources: [...(entry.Resources ?? []), task.executionArn],
      bus: entry.EventBusName ?? "default",
    })),
  );
  return { Entries: logged.map(({ id }) => ({ EventId: id })), FailedEntryCount: 0 };
}

function detailOf(detail: JsonObject | string): JsonObject {
  if (typeof detail !== "string") return detail;
  try {
    const parsed: unknown = JSON.parse(detail);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      return parsed as JsonObject;
    }
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new TaskError("EventBridge.FailedEntry", "MalformedDetail: Detail is malformed.");
}
