import type { Ports } from "../ports.ts";
import { type AnnouncingPorts, announcePending } from "./announce.ts";
import { flushEvents } from "./approval-events.ts";
import { queryApprovals, readApproval } from "./approval-store.ts";
import { deliverPending } from "./deliver.ts";
import { closeAbandoned, expireOverdue, listApprovals } from "./find-approvals.ts";

/** Decisions younger than this are still being delivered by whoever took them. */
const YOUNG_MS = 60_000;

/**
 * What a timer does where nobody reports each event of an execution: delivers decisions whose answer
 * was lost, closes approvals that nobody waits for, and tells people what they were not told. One part's failure does not keep the others
 * from being done; the first is thrown at the end.
 */
export async function sweepApprovals(
  ports: Pick<Ports, "tokens"> & AnnouncingPorts,
): Promise<void> {
  const errors: unknown[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  };
  await attempt(() => deliverPending(ports, YOUNG_MS));
  await attempt(() => expireOverdue(ports));
  await attempt(async () => {
    const open = await listApprovals({ status: "open" }, ports);
    for (const run of new Set(open.map((approval) => approval.run.id))) {
      await attempt(() => closeAbandoned(run, ports));
    }
  });
  // Events that a process had no time to append; those of decided ones went with their delivery.
  await attempt(async () => {
    for await (const held of queryApprovals({ queue: "open" }, ports)) {
      if (held.approval.unaudited.length === 0) continue;
      await attempt(async () => {
        const now = await readApproval(held.approval.id, ports);
        if (now) await flushEvents(now, ports);
      });
    }
  });
  await attempt(() => announcePending(ports, YOUNG_MS));
  if (errors.length > 0) throw errors[0];
}
