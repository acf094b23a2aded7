import type { Ports } from "../ports.ts";
import { deliverPending } from "./deliver.ts";
import { closeAbandoned, expireOverdue, listApprovals } from "./find-approvals.ts";

/** Decisions younger than this are still being delivered by whoever took them. */
const YOUNG_MS = 60_000;

/**
 * What a timer does where nobody reports each event of an execution: delivers decisions whose answer
 * was lost, and closes approvals that nobody waits for. One part's failure does not keep the others
 * from being done; the first is thrown at the end.
 */
export async function sweepApprovals(
  ports: Pick<Ports, "records" | "tokens" | "clock">,
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
  if (errors.length > 0) throw errors[0];
}
