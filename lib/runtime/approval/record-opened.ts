/**
 * That somebody has looked at a request. A page that was fetched proves no person: programs look at links
 * in mails, too. A browser that comes back with what the page gave it does, and so does a form.
 *
 * | question                              | where                                          |
 * | ------------------------------------- | ---------------------------------------------- |
 * | whether this was recorded             | key `approval-opened#ID` / `fetched#ADDRESS`, `person#ADDRESS` |
 */
import { PARTITIONS } from "../deployed.ts";
import { ConditionFailed } from "../errors.ts";
import type { Ports } from "../ports.ts";
import type { Approval } from "./approval.ts";
import { flushEvents, type News, withEvents } from "./approval-events.ts";
import { changeApproval } from "./approval-store.ts";
import { findApproval } from "./find-approvals.ts";

export interface Opened {
  /** Address of the approver whose link it was. */
  readonly by: string;
  readonly how: "fetched" | "person";
}

/** Longer than any approval is open. */
const KEEP_S = 400 * 24 * 3600;
const TRIES = 5;

/**
 * Records it once for each person and way, as long as the request is open; `openedAt` is when the first
 * person was there. In a crowd it may be left out: the next time is as good.
 */
export async function recordOpened(
  { id, status }: Pick<Approval, "id" | "status">,
  { by, how }: Opened,
  ports: Pick<Ports, "records" | "clock">,
): Promise<void> {
  if (status !== "open") return;
  const key = { partition: `${PARTITIONS.opened}${id}`, sort: `${how}#${by}` };
  if (await ports.records.get(key)) return;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await findApproval(id, ports);
    const { approval } = found;
    if (approval.status !== "open") return;
    const now = ports.clock.now();
    const at = now.toISOString();
    const news: News = { actor: by, event: "approval.opened", data: { how } };
    const openedAt = approval.openedAt ?? (how === "person" ? at : null);
    try {
      const change = { openedAt, ...withEvents(approval, [news], at) };
      await flushEvents(await changeApproval(found, change, ports), ports);
    } catch (error) {
      if (error instanceof ConditionFailed) continue;
      throw error;
    }
    // After it, so that a crash in between repeats the entry rather than loses it.
    const expiresAt = Math.ceil(now.getTime() / 1000) + KEEP_S;
    await ports.records.put({ key, data: { at }, expiresAt });
    return;
  }
}
