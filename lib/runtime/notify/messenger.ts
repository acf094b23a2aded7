/**
 * Tells people of a request: each by the first of the policy's channels that gets through. What was sent
 * is recorded, and not sent again when a stage's call is repeated; a process that dies between sending
 * and recording sends that one message twice.
 */
import type { Channel } from "../../manifest/approval-policy.ts";
import type { Approval } from "../approval/approval.ts";
import { isOpen } from "../approval/business-time.ts";
import {
  type MessageKind,
  type Messenger,
  type Notifier,
  NotifyFailed,
  type Told,
} from "../approval/notifier.ts";
import { APPROVAL_METRICS } from "../deployed.ts";
import { metricLine } from "../embedded-metric.ts";
import type { JsonObject } from "../json.ts";
import type { Ports } from "../ports.ts";
import { inParallel } from "./in-parallel.ts";
import { renderMessage } from "./render-message.ts";
import { type Sleep, sendPatiently } from "./send-patiently.ts";
import { listSent, occasionOf, readSent, recordSent, type SentMessage } from "./sent-messages.ts";

export type Notifiers = Partial<Record<Channel, Notifier>>;

export interface MessengerWorld extends Pick<Ports, "records" | "clock"> {
  /** Channels that this environment has. */
  readonly notifiers: Notifiers;
  /** Absolute address of the page of this person and request. */
  readonly link: (approval: Approval, to: string) => Promise<string>;
  /** Takes a line for the log, without its end. */
  readonly writeLine: (line: string) => void;
  /** Default: on the machine's clock. */
  readonly sleep?: Sleep;
}

/** People who are told at the same time: services count how much one sends at once. */
const AT_ONCE = 5;

export function makeMessenger(world: MessengerWorld): Messenger {
  return {
    async tell(kind, approval, to) {
      const told =
        kind === "decided"
          ? await tellOutcome(approval, to, world)
          : await inParallel(to, AT_ONCE, (one) => tellOne(kind, approval, one, world));
      report(kind, approval, told, world);
      return told;
    },
  };
}

/** Where a request comes outside of business hours and the policy pages for it, channels are its own. */
export function channelsOf({ policy }: Pick<Approval, "policy">, now: Date): readonly Channel[] {
  const { channels, page, afterHours, businessHours } = policy;
  const isPaged =
    afterHours === "page" && businessHours !== undefined && !isOpen(businessHours, now);
  return isPaged && page ? page : channels;
}

async function tellOne(
  kind: MessageKind,
  approval: Approval,
  to: string,
  world: MessengerWorld,
): Promise<Told> {
  const failures: { channel: Channel; message: string }[] = [];
  const occasion = occasionOf(kind, approval);
  for (const channel of channelsOf(approval, world.clock.now())) {
    try {
      const reference = await tellBy(channel, { kind, approval, to, occasion }, world);
      return { to, channel, reference, failures };
    } catch (error) {
      failures.push({ channel, message: reasonOf(error) });
    }
  }
  return { to, channel: null, reference: null, failures };
}

interface Telling {
  readonly kind: MessageKind;
  readonly approval: Approval;
  readonly to: string;
  readonly occasion: string;
  readonly earlier?: readonly string[];
}

async function tellBy(
  channel: Channel,
  { kind, approval, to, occasion, earlier }: Telling,
  world: MessengerWorld,
): Promise<string> {
  const notifier = world.notifiers[channel];
  if (!notifier) {
    throw new NotifyFailed(`this environment has no ${channel} (notify.${channel})`, {
      retry: false,
    });
  }
  const standing = await readSent(approval.id, { occasion, channel, to }, world);
  if (standing) return standing.reference;
  const link = await world.link(approval, to);
  const message = { ...renderMessage({ kind, approval, to, link }), ...(earlier && { earlier }) };
  const { reference } = await sendPatiently(notifier, message, channel, world.sleep);
  const sent: SentMessage = { to, channel, kind, reference, at: world.clock.now().toISOString() };
  // Sent is sent: a record that cannot be written must not make it look as if nobody was told.
  await recordSent(approval.id, occasion, sent, world).catch((error: unknown) => {
    world.writeLine(
      logLine(
        "WARN",
        "What was sent could not be recorded",
        approval,
        { to, channel, error: reasonOf(error) },
        world,
      ),
    );
  });
  return reference;
}

/** By the channels by which each was reached before; whoever never was is left in peace. */
async function tellOutcome(
  approval: Approval,
  to: readonly string[],
  world: MessengerWorld,
): Promise<readonly Told[]> {
  const sent = (await listSent(approval.id, world)).filter(({ kind }) => kind !== "decided");
  const occasion = occasionOf("decided", approval);
  const told = await inParallel(to, AT_ONCE, async (one): Promise<Told | undefined> => {
    const own = sent.filter((each) => each.to === one);
    const failures: { channel: Channel; message: string }[] = [];
    let reached: Pick<Told, "channel" | "reference"> | undefined;
    for (const channel of new Set(own.map((each) => each.channel))) {
      // Whoever has decided has seen it. A message with buttons, however, must lose them.
      if (channel !== "slack" && one === approval.decision?.by) continue;
      const earlier = own.filter((each) => each.channel === channel).map((each) => each.reference);
      try {
        const telling = { kind: "decided", approval, to: one, occasion, earlier } as const;
        const reference = await tellBy(channel, telling, world);
        reached ??= { channel, reference };
      } catch (error) {
        failures.push({ channel, message: reasonOf(error) });
      }
    }
    if (!reached && failures.length === 0) return undefined;
    return { to: one, failures, ...(reached ?? { channel: null, reference: null }) };
  });
  return told.flatMap((one) => one ?? []);
}

/** Each person who was not reached is a line; a request that reached nobody counts for the alarm. */
function report(
  kind: MessageKind,
  approval: Approval,
  told: readonly Told[],
  world: MessengerWorld,
): void {
  for (const { to, channel, failures } of told) {
    if (failures.length === 0) continue;
    const said =
      channel === null ? "An approver was not reached" : "A channel failed, another was used";
    const data = { to, channel, failures: failures.map((failure) => ({ ...failure })) };
    world.writeLine(logLine("WARN", said, approval, data, world));
  }
  if (kind === "decided" || told.length === 0 || told.some(({ channel }) => channel !== null)) {
    return;
  }
  const message = "A request for approval reached nobody";
  world.writeLine(logLine("ERROR", message, approval, { people: told.length }, world));
  const { environment, workflow, id } = approval.run;
  world.writeLine(
    metricLine({
      dimensions: [APPROVAL_METRICS.dimension],
      metrics: [{ name: APPROVAL_METRICS.reachedNobody, unit: "Count" }],
      fields: {
        [APPROVAL_METRICS.reachedNobody]: 1,
        [APPROVAL_METRICS.dimension]: environment,
        workflow,
        run_id: id,
        approval: approval.id,
      },
      at: world.clock.now(),
    }),
  );
}

function logLine(
  level: "WARN" | "ERROR",
  message: string,
  { id, run, step, stage }: Approval,
  data: JsonObject,
  { clock }: Pick<MessengerWorld, "clock">,
): string {
  return JSON.stringify({
    level,
    message,
    timestamp: clock.now().toISOString(),
    service: run.workflow,
    run_id: run.id,
    step,
    approval: id,
    stage,
    data,
  });
}

/** Adapters say in `NotifyFailed` what may be told; of anything else only its kind is. */
function reasonOf(error: unknown): string {
  if (error instanceof NotifyFailed) return error.message;
  return error instanceof Error ? `an unexpected error (${error.name})` : "an unexpected error";
}
