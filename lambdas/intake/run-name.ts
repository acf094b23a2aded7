/** Names of runs: events are delivered at least once, and the second delivery must name the same run. */
import { createHash, randomBytes } from "node:crypto";
import type { Json } from "../../lib/runtime/json.ts";
import type { IntakeTrigger } from "./intake-document.ts";
import type { Triggered } from "./request.ts";

/** At most 80 characters: a workflow's name has 41. */
export function runNameOf(workflow: string, happening: Json): string {
  const digest = createHash("sha256").update(JSON.stringify(happening)).digest("hex");
  return `${workflow.slice(0, 41)}-${digest.slice(0, 32)}`;
}

/** For whoever gave no name; sorts by time. */
export function newRunName(workflow: string, now: Date): string {
  const time = now.getTime().toString(36).padStart(9, "0");
  return `${workflow.slice(0, 41)}-${time}${randomBytes(10).toString("hex")}`;
}

/**
 * What makes an event the same event. An EventBridge event keeps its id however often it is
 * delivered. S3 may report an object twice, in two events, with one sequencer. A schedule's id is new
 * with each attempt, and its scheduled time is not.
 */
export function happeningOf(
  { trigger, event }: Triggered,
  { schedule, "object-created": created }: IntakeTrigger,
): Json {
  if (schedule !== undefined) return [trigger, "schedule", event.time ?? event.id];
  const object = created && objectOf(event.detail);
  return object ? [trigger, "object", ...object] : [trigger, "event", event.id];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
function objectOf(detail: unknown): string[] | undefined {
  const { bucket, object } = (detail ?? {}) as {
    readonly bucket?: { readonly name?: unknown };
    readonly object?: { readonly key?: unknown; readonly sequencer?: unknown };
  };
  const parts = [bucket?.name, object?.key, object?.sequencer];
  return parts.every((part) => typeof part === "string") ? parts : undefined;
}
