/**
 * What was sent to whom about a request, so that nobody is told the same twice by one channel, and so
 * that a message can be changed once all is decided. Access patterns of the table:
 *
 * | question                         | where                                                    |
 * | -------------------------------- | -------------------------------------------------------- |
 * | what was sent about a request    | `notified#REQUEST` / `OCCASION#CHANNEL#ADDRESS`          |
 */
import * as z from "zod";
import { CHANNELS, type Channel } from "../../manifest/approval-policy.ts";
import type { Approval } from "../approval/approval.ts";
import type { MessageKind } from "../approval/notifier.ts";
import { digestOfJson } from "../canonical-json.ts";
import { PARTITIONS } from "../deployed.ts";
import type { Ports } from "../ports.ts";

export interface SentMessage {
  readonly to: string;
  readonly channel: Channel;
  readonly kind: MessageKind;
  readonly reference: string;
  /** ISO 8601. */
  readonly at: string;
}

const Stored = z.object({
  to: z.string(),
  channel: z.enum(CHANNELS),
  kind: z.enum(["request", "reminder", "escalation", "decided"]),
  reference: z.string(),
  at: z.string(),
}) satisfies z.ZodType<SentMessage>;

/** A run ends in a year; nothing is sent about it after that. */
const KEEP_S = 372 * 24 * 3600;

type Stores = Pick<Ports, "records">;

/**
 * Why people are told at this moment. A stage has one occasion; a request that is opened once more, or
 * handed on, has another.
 */
export function occasionOf(
  kind: MessageKind,
  { stage, status, opensAt, deadline, delegations, decision }: Approval,
): string {
  const about =
    kind === "decided"
      ? { status, opensAt, at: decision?.at ?? null }
      : { opensAt, deadline, handedOn: delegations.length };
  return `${String(stage).padStart(3, "0")}.${kind}.${digestOfJson(about).slice(7, 19)}`;
}

export async function readSent(
  approval: string,
  sent: { readonly occasion: string; readonly channel: Channel; readonly to: string },
  { records }: Stores,
): Promise<SentMessage | undefined> {
  const item = await records.get(keyOf(approval, sent));
  return item && Stored.parse(item.data);
}

export async function recordSent(
  approval: string,
  occasion: string,
  sent: SentMessage,
  { records }: Stores,
): Promise<void> {
  const expiresAt = Math.ceil(Date.parse(sent.at) / 1000) + KEEP_S;
  await records.put({ key: keyOf(approval, { occasion, ...sent }), data: { ...sent }, expiresAt });
}

/** All that was sent about a request, oldest first. */
export async function listSent(
  approval: string,
  { records }: Stores,
): Promise<readonly SentMessage[]> {
  const found: SentMessage[] = [];
  let after: string | undefined;
  do {
    const partition = PARTITIONS.notified + approval;
    const page = await records.query({ partition, ...(after !== undefined && { after }) });
    found.push(...page.items.map(({ data }) => Stored.parse(data)));
    after = page.next;
  } while (after !== undefined);
  return found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function keyOf(
  approval: string,
  { occasion, channel, to }: { occasion: string; channel: Channel; to: string },
) {
  return { partition: PARTITIONS.notified + approval, sort: `${occasion}#${channel}#${to}` };
}
