/**
 * What happens to a request, in the audit stream of its run. An event is written together with the
 * change that it tells of, then appended, then forgotten: a process that dies in between leaves it to
 * the next one that touches the request, or to the sweep, and it is appended once.
 */

import { type AuditEntry, appendAudit, appendAuditOnce } from "../audit.ts";
import { digestOfJson } from "../canonical-json.ts";
import { ConditionFailed } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { Ports } from "../ports.ts";
import { changeApproval } from "./approval-store.ts";
import type { ApprovalEvent, HeldApproval, StoredApproval } from "./stored-approval.ts";

export const APPROVAL_EVENTS = [
  "approval.requested",
  "approval.notified",
  "approval.opened",
  "approval.reminded",
  "approval.escalated",
  "approval.delegated",
  "approval.revoked",
  "approval.voted",
  "approval.decided",
  "approval.refused",
  "approval.expired",
  "approval.cancelled",
  "approval.delivered",
] as const;
export type ApprovalEventName = (typeof APPROVAL_EVENTS)[number];

/** Who did what the machine itself does. */
export const MACHINE = "espalier";

type EventPorts = Pick<Ports, "records" | "clock">;
export interface News {
  readonly actor: string;
  readonly event: ApprovalEventName;
  readonly data?: JsonObject;
  /**
   * Names the event where it is appended before the change that tells of it is written: the number that
   * it would have may by then be that of somebody else's event. The same whenever it is tried again.
   */
  readonly key?: string;
}

/** Name of the audit stream of a run. */
export function runStream(run: string): string {
  return `run/${run}`;
}

/** The fields of a change that carry further events. */
export function withEvents(
  approval: StoredApproval,
  news: readonly News[],
  at: string,
): Pick<StoredApproval, "events" | "unaudited"> {
  const added = news.map(({ actor, event, data, key }, index): ApprovalEvent => {
    const number = approval.events + index + 1;
    return {
      id: `${approval.id}#${key ?? number}`,
      at,
      actor,
      event,
      data: { ...about(approval), ...data },
    };
  });
  return {
    events: approval.events + added.length,
    unaudited: [...approval.unaudited, ...added],
  };
}

/** Appends events that are held; those that the stream has already are left alone. */
export async function appendEvents(
  approval: StoredApproval,
  events: readonly ApprovalEvent[],
  ports: EventPorts,
): Promise<void> {
  for (const { id, at, actor, event, data } of events) {
    await appendAuditOnce(
      runStream(approval.run.id),
      { actor, event, data: { ...data, id, at } },
      id,
      ports,
    );
  }
}

/** Appends what is not in the stream yet, and forgets it. Somebody else may do so at the same time. */
export async function flushEvents(held: HeldApproval, ports: EventPorts): Promise<HeldApproval> {
  const { approval } = held;
  if (approval.unaudited.length === 0) return held;
  await appendEvents(approval, approval.unaudited, ports);
  try {
    return await changeApproval(held, { unaudited: [] }, ports);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // Changed meanwhile, with events of its own: whoever did that flushes them all.
    return held;
  }
}

/** An event that changes nothing about the request: an attempt that was refused. After those before it. */
export async function appendRefusal(
  approval: StoredApproval,
  actor: string,
  data: JsonObject,
  ports: EventPorts,
): Promise<AuditEntry> {
  await appendEvents(approval, approval.unaudited, ports);
  const event: ApprovalEventName = "approval.refused";
  return appendAudit(
    runStream(approval.run.id),
    { actor: actor.slice(0, 254), event, data: { ...about(approval), ...data } },
    ports,
  );
}

/** Of a value that stands elsewhere: enough to prove which it was. */
export function digestOrNull(value: JsonObject[string]): string | null {
  return value === null ? null : digestOfJson(value);
}

function about({ id, step, iteration, key, level, evidenceDigest }: StoredApproval): JsonObject {
  return {
    approval: id,
    step,
    ...(iteration !== "" && { iteration }),
    ...(key !== "" && { key }),
    level,
    evidenceDigest,
  };
}
