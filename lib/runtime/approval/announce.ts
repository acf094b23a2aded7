/**
 * Telling people what has become of a request: those who were asked, how it ended; whoever was handed
 * the decision, that it is theirs. Whom to tell is written together with what there is to tell
 * (`untold`), so that a process that dies in between leaves it to the sweep, and one that can reach
 * nobody (a command line) to a function that can.
 */
import { ConditionFailed } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { decisionMetrics, type MetricSink } from "./approval-metrics.ts";
import { changeApproval, publicView, queryApprovals, readApproval } from "./approval-store.ts";
import type { Messenger } from "./notifier.ts";
import type { HeldApproval } from "./stored-approval.ts";
import { tellDelegates } from "./tell-approvers.ts";

export interface AnnouncingPorts extends Pick<Ports, "records" | "clock">, MetricSink {
  /** Absent: asks `announcer`; without that, nobody is told of anything here. */
  readonly messenger?: Messenger | undefined;
  /** Has it done elsewhere: calls `announceById` there, soon, perhaps more than once. */
  readonly announcer?: ((approval: string) => Promise<void>) | undefined;
}

/** What the function of approvals takes from those who cannot tell anybody themselves. */
export interface AnnounceCall {
  readonly operation: "announce";
  readonly approval: string;
}

/** Tells whoever is still to be told. Done once more, it tells nobody twice: see `Messenger`. */
export async function announce(held: HeldApproval, ports: AnnouncingPorts): Promise<HeldApproval> {
  const { id, untold, status } = held.approval;
  if (untold.length === 0) return held;
  if (!ports.messenger && ports.announcer) {
    await ports.announcer(id);
    return held;
  }
  return status === "open" ? tellDelegates(held, ports) : tellOutcome(held, ports);
}

/** For whoever has done what there is to tell of: that stands, and what fails here is left to the sweep. */
export function announceOrLeave(held: HeldApproval, ports: AnnouncingPorts): Promise<HeldApproval> {
  return announce(held, ports).catch(() => held);
}

export async function announceById(id: string, ports: AnnouncingPorts): Promise<void> {
  const found = await readApproval(id, ports);
  if (found) await announce(found, ports);
}

/**
 * Tells what somebody has left untold. `olderThanMs` leaves alone what is being told. One that cannot be
 * told does not hold up the others; the first such error is thrown at the end.
 */
export async function announcePending(ports: AnnouncingPorts, olderThanMs = 0): Promise<void> {
  const limit = new Date(ports.clock.now().getTime() - olderThanMs).toISOString();
  const pending: string[] = [];
  for (const queue of ["untold", "open"] as const) {
    for await (const { approval } of queryApprovals({ queue }, ports)) {
      const { id, untold, decision, delegations } = approval;
      const since = decision?.at ?? delegations.at(-1)?.at ?? "";
      if (untold.length > 0 && since <= limit) pending.push(id);
    }
  }
  const errors: unknown[] = [];
  for (const id of pending) {
    // Indexes may lag: what counts is the item itself.
    await announceById(id, ports).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

/** A message that gets lost, though tried again, changes nothing: the page says the same. */
async function tellOutcome(held: HeldApproval, ports: AnnouncingPorts): Promise<HeldApproval> {
  const { approval } = held;
  const to = approval.untold.filter((address) => address !== "*");
  if (to.length > 0) {
    await ports.messenger?.tell("decided", publicView(approval), to).catch(() => undefined);
  }
  for (let standing = held; ; ) {
    // Ended in another way meanwhile, or told by somebody else.
    const { status, untold } = standing.approval;
    if (status !== approval.status || untold.length === 0) return standing;
    try {
      const told = await changeApproval(standing, { untold: [] }, ports);
      // Whoever writes this counts it: once, also where the decision was made elsewhere.
      const isDecided = status === "approved" || status === "rejected";
      const lines = isDecided ? decisionMetrics(told.approval, ports.clock.now()) : [];
      for (const line of lines) ports.writeLine?.(line);
      return told;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      standing = (await readApproval(approval.id, ports)) ?? held;
    }
  }
}
