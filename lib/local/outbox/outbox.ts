/**
 * Messages on one machine: nothing is sent, each is a file of the data folder, which `dev` shows. The
 * files hold links that decide, so only their owner can read them.
 */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ulid } from "ulid";
import * as z from "zod";
import { CHANNELS } from "../../manifest/approval-policy.ts";
import type { Message, Notifier } from "../../runtime/approval/notifier.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { Clock } from "../../runtime/ports.ts";

const Json = z.custom<JsonObject>((value) => typeof value === "object" && value !== null);

/** What the channel adds to the message, as `notify` of local.yaml has it. */
const Delivery = z.object({
  /** Sender of a mail. */
  from: z.string().optional(),
  /** Where it goes instead of to the address: Slack's id, a URL, a topic. */
  at: z.string().optional(),
  /** What would be sent there. */
  document: Json.optional(),
  /** True: it was sent, beside being kept here. */
  sent: z.boolean().optional(),
});
export type Delivery = Readonly<z.infer<typeof Delivery>>;

const OutboxMessage = z.object({
  id: z.string(),
  /** ISO 8601. */
  at: z.string(),
  channel: z.enum(CHANNELS),
  kind: z.enum(["request", "reminder", "escalation", "decided"]),
  to: z.string(),
  approval: z.string(),
  link: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  delivery: Delivery.default({}),
});
export type OutboxMessage = z.infer<typeof OutboxMessage>;

const NAME = /^([0-9a-z]{26})\.json$/;

export class Outbox implements Notifier {
  readonly #folder: string;
  readonly #clock: Clock;

  /** @param folder made when something is first sent */
  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  async send(
    message: Message,
    channel: OutboxMessage["channel"],
    delivery: Delivery = {},
  ): Promise<{ reference: string }> {
    const { kind, to, approval, link, subject, text, html } = message;
    const now = this.#clock.now();
    const id = ulid(now.getTime()).toLowerCase();
    const stored: OutboxMessage = {
      id,
      at: now.toISOString(),
      ...{ channel, kind, to, approval: approval.id, link, subject, text, html },
      delivery,
    };
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `${id}.json`);
    await writeFile(`${path}.new`, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
    return { reference: id };
  }

  /**
   * Newest first, at most `limit`. `origin`: where the runtime is reached now; links lead there, and not
   * to the port of the runtime that wrote them.
   */
  async list(origin?: string, limit = 200): Promise<readonly OutboxMessage[]> {
    const names = await readdir(this.#folder).catch(absentAsEmpty);
    const ids = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
    const found = await Promise.all(ids.slice(-limit).map((id) => this.read(id, origin)));
    return found.flatMap((message) => message ?? []).reverse();
  }

  /** Undefined if there is none of that name. */
  async read(id: string, origin?: string): Promise<OutboxMessage | undefined> {
    if (!NAME.test(`${id}.json`)) return undefined;
    const text = await readFile(join(this.#folder, `${id}.json`), "utf8").catch(absentAsEmpty);
    if (typeof text !== "string") return undefined;
    const message = OutboxMessage.parse(JSON.parse(text));
    return origin === undefined ? message : leadingTo(origin, message);
  }
}

/** The link stands in its texts and documents, too. */
function leadingTo(origin: string, message: OutboxMessage): OutboxMessage {
  const { link } = message;
  if (link === "") return message;
  const now = origin + new URL(link).pathname;
  return OutboxMessage.parse(JSON.parse(JSON.stringify(message).replaceAll(link, now)));
}

function absentAsEmpty(error: unknown): [] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
}
