/** Events of an execution's history, as everybody gets to see them. */

import { approvalId } from "./approval/approval-id.ts";
import type { ApprovalCall } from "./call.ts";
import type { RunEvent } from "./control.ts";

/** An event as an SDK or an engine gives it. */
export interface HistoryEvent {
  readonly id?: number | undefined;
  readonly previousEventId?: number | undefined;
  readonly timestamp?: Date | undefined;
  readonly type?: string | undefined;
}

const HIDDEN = "(hidden)";

/** ISO times, nothing that is undefined, and no task token of an approval. */
export function runEvent(event: HistoryEvent): RunEvent {
  // Dates become ISO texts, fields without a value go.
  const plain = JSON.parse(JSON.stringify(event)) as RunEvent;
  const { details, call } = approvalCall(plain);
  if (!call) return { ...plain, previousEventId: plain.previousEventId ?? 0 };
  const hidden = { ...call.parameters, Payload: { ...call.payload, token: HIDDEN } };
  return {
    ...plain,
    taskScheduledEventDetails: { ...details, parameters: JSON.stringify(hidden) },
  };
}

/** Id of the approval that this event asks for, given with its token; undefined for any other event. */
export function approvalAskedBy(event: HistoryEvent): string | undefined {
  const { call } = approvalCall(event);
  return call && approvalId(call.payload);
}

function approvalCall(event: { readonly [key: string]: unknown } | HistoryEvent): {
  readonly details?: object;
  readonly call?: {
    readonly parameters: object;
    readonly payload: Pick<ApprovalCall, "run" | "step" | "token" | "key">;
  };
} {
  const { taskScheduledEventDetails: details } = event as {
    readonly taskScheduledEventDetails?: { readonly parameters?: unknown };
  };
  const text = details?.parameters;
  if (!details || typeof text !== "string" || !text.includes('"token"')) return {};
  const parameters = parse(text);
  const payload = parameters?.Payload;
  const isApproval =
    payload &&
    typeof payload.token === "string" &&
    payload.token !== HIDDEN &&
    "evidence" in payload &&
    typeof payload.run?.id === "string" &&
    typeof payload.step?.id === "string";
  return isApproval && parameters ? { details, call: { parameters, payload } } : {};
}

function parse(text: string): { readonly Payload?: ApprovalCall } | undefined {
  try {
    return JSON.parse(text) as { readonly Payload?: ApprovalCall };
  } catch {
    return undefined; // Cut off by AWS: then its token is incomplete, too.
  }
}
