/** Telling people that they are asked; what became of that is an event each. */

import { ConditionFailed } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { Ports } from "../ports.ts";
import type { Approval, Reached } from "./approval.ts";
import { appendEvents, flushEvents, MACHINE, type News, withEvents } from "./approval-events.ts";
import { changeApproval, publicView, readApproval } from "./approval-store.ts";
import type { MessageKind, Messenger, Told } from "./notifier.ts";
import { stagesOf } from "./stages.ts";
import type { HeldApproval } from "./stored-approval.ts";

type TellingPorts = Pick<Ports, "records" | "clock"> & {
  readonly messenger?: Messenger | undefined;
};

/** Tells the approvers of the present stage. Throws only what keeps the store from being written. */
export async function tellStage(held: HeldApproval, ports: TellingPorts): Promise<HeldApproval> {
  const { approval } = held;
  const to = approval.approvers.filter((address) => address !== "*");
  const { messenger } = ports;
  if (!messenger || to.length === 0) return flushEvents(held, ports);
  const kind = kindOf(approval);
  const told = await messenger.tell(kind, publicView(approval), to).catch((error: unknown) => {
    // Told to nobody is a fact about the request, not a reason to fail the run: an alarm looks at it.
    return to.map((address) => unheard(address, error));
  });
  return record(held, told, kind, ports);
}

/** Tells those who have been handed the decision, and do not know. */
export async function tellDelegates(
  held: HeldApproval,
  ports: TellingPorts,
): Promise<HeldApproval> {
  const { messenger } = ports;
  const { approval } = held;
  const to = approval.untold.filter((address) => approval.approvers.includes(address));
  const told = messenger
    ? await messenger
        .tell("request", publicView(approval), to)
        .catch((error: unknown) => to.map((address) => unheard(address, error)))
    : [];
  return record(held, told, "request", ports);
}

function kindOf({ policy, stage }: Approval): MessageKind {
  const kind = stagesOf(policy)[stage]?.kind ?? "request";
  return kind === "queue" ? "escalation" : kind;
}

async function record(
  held: HeldApproval,
  told: readonly Told[],
  kind: MessageKind,
  ports: TellingPorts,
): Promise<HeldApproval> {
  const at = ports.clock.now().toISOString();
  const news = told.map(
    (one, index): News => ({
      ...{ actor: MACHINE, event: "approval.notified", data: dataOf(one, kind) },
      key: `notified/${kind}/${at}/${index}`,
    }),
  );
  const people = told.filter(({ channel }) => channel !== null).length;
  const reached: Reached = { people, nobody: told.length - people };
  const known = new Set([...held.approval.untold, ...told.map(({ to }) => to)]);
  for (let standing = held; ; ) {
    // What has happened is told first: should this process die now, the next call tells people again.
    const { events, unaudited } = withEvents(standing.approval, news, at);
    await appendEvents(standing.approval, unaudited, ports);
    // Of an open request, that one's delegates; of one that has ended meanwhile, whom to tell of that.
    const { status, untold } = standing.approval;
    const left = status === "open" ? untold.filter((one) => !known.has(one)) : untold;
    const change = { ...(told.length > 0 && { reached }), events, unaudited: [], untold: left };
    try {
      return await changeApproval(standing, change, ports);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const now = await readApproval(held.approval.id, ports);
      if (!now) throw error;
      standing = now;
    }
  }
}

function dataOf({ to, channel, reference, failures }: Told, kind: MessageKind): JsonObject {
  return {
    to,
    kind,
    channel,
    reference,
    ...(failures.length > 0 && { failures: failures.map((failure) => ({ ...failure })) }),
  };
}

function unheard(to: string, error: unknown): Told {
  const message = error instanceof Error ? error.message : String(error);
  return { to, channel: null, reference: null, failures: [{ channel: "email", message }] };
}
