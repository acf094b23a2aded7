/**
 * Slack, as far as it is called: checks tokens, shapes and limits as its Web API does, keeps messages,
 * and opens a dialog only for a trigger that it has given.
 */
import * as z from "zod";
import { type HttpFake, httpFake } from "./http-fake.ts";

const Text = z.strictObject({
  type: z.enum(["plain_text", "mrkdwn"]),
  text: z.string().min(1),
  emoji: z.boolean().optional(),
});
const plain = (max: number) =>
  Text.extend({ type: z.literal("plain_text"), text: z.string().min(1).max(max) });

const Button = z.strictObject({
  type: z.literal("button"),
  action_id: z.string().max(255),
  text: plain(75),
  value: z.string().max(2000).optional(),
  url: z.url().max(3000).optional(),
  style: z.enum(["primary", "danger"]).optional(),
  confirm: z
    .strictObject({ title: plain(100), text: plain(300), confirm: plain(30), deny: plain(30) })
    .optional(),
});

const Block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("header"), text: plain(150) }),
  z.strictObject({
    type: z.literal("section"),
    text: Text.extend({ text: z.string().min(1).max(3000) }),
  }),
  z.strictObject({ type: z.literal("actions"), elements: z.array(Button).min(1).max(25) }),
  z.strictObject({ type: z.literal("context"), elements: z.array(plain(2000)).min(1).max(10) }),
]);

export const SlackMessage = z.strictObject({
  channel: z.string().regex(/^[CDGUW][A-Z0-9]+$/),
  ts: z.string().optional(),
  text: z.string().max(40_000),
  blocks: z.array(Block).max(50),
  mrkdwn: z.literal(false),
  parse: z.literal("none"),
  link_names: z.literal(false),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
});
export type SlackMessage = z.infer<typeof SlackMessage>;

const Input = z.strictObject({
  type: z.literal("input"),
  block_id: z.string().max(255),
  optional: z.boolean(),
  label: plain(2000),
  element: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("plain_text_input"),
      action_id: z.string(),
      multiline: z.boolean(),
      max_length: z.int().min(1).max(3000),
    }),
    z.strictObject({
      type: z.literal("static_select"),
      action_id: z.string(),
      options: z
        .array(z.strictObject({ text: plain(75), value: z.string().max(150) }))
        .min(1)
        .max(100),
    }),
  ]),
});

export const SlackView = z.strictObject({
  type: z.literal("modal"),
  callback_id: z.string().max(255),
  private_metadata: z.string().max(3000),
  title: plain(24),
  submit: plain(24),
  close: plain(24),
  blocks: z.array(z.union([Block, Input])).max(100),
});
export type SlackView = z.infer<typeof SlackView>;

const Opened = z.strictObject({ trigger_id: z.string(), view: SlackView });

export const BOT_TOKEN = "xoxb-1-test";
export const TRIGGER = "1.2.trigger";

export interface SlackServer {
  readonly access: { readonly url: string; readonly token: () => Promise<string> };
  /** Where answers to messages go. */
  readonly answers: string;
  /** Messages as they stand, by `CHANNEL/TS`. */
  readonly messages: Map<string, SlackMessage>;
  readonly views: SlackView[];
  /** Texts of answers that one person sees. */
  readonly said: string[];
  readonly http: HttpFake;
  /** Answers the next calls with these statuses. */
  readonly failing: number[];
  close(): Promise<void>;
}

export async function slackServer(): Promise<SlackServer> {
  const messages = new Map<string, SlackMessage>();
  const views: SlackView[] = [];
  const said: string[] = [];
  const failing: number[] = [];
  let count = 0;
  const http = await httpFake(({ path, headers, body }) => {
    const status = failing.shift();
    if (status !== undefined) return { status, body: "busy" };
    if (path.startsWith("/answers/")) {
      const Said = z.strictObject({
        response_type: z.literal("ephemeral"),
        replace_original: z.literal(false),
        text: z.string().min(1),
      });
      said.push(Said.parse(JSON.parse(body)).text);
      return { body: "ok" };
    }
    if (headers.authorization !== `Bearer ${BOT_TOKEN}`) {
      return { body: { ok: false, error: "invalid_auth" } };
    }
    const refused = (error: string) => ({ body: { ok: false, error } });
    const sent: unknown = JSON.parse(body);
    if (path === "/api/views.open") {
      const opened = Opened.safeParse(sent);
      if (!opened.success) return refused("invalid_arguments");
      if (opened.data.trigger_id !== TRIGGER) return refused("expired_trigger_id");
      views.push(opened.data.view);
      return { body: { ok: true } };
    }
    const read = SlackMessage.safeParse(sent);
    if (!read.success) return refused("invalid_blocks");
    if (path === "/api/chat.postMessage") {
      const { channel } = read.data;
      // A message to a person lands in the conversation with them.
      const place = channel.replace(/^[UW]/, "D");
      count += 1;
      const ts = `1700000000.${String(count).padStart(6, "0")}`;
      messages.set(`${place}/${ts}`, read.data);
      return { body: { ok: true, channel: place, ts } };
    }
    const key = `${read.data.channel}/${read.data.ts ?? ""}`;
    if (path !== "/api/chat.update" || !messages.has(key)) return refused("message_not_found");
    messages.set(key, read.data);
    return { body: { ok: true, channel: read.data.channel, ts: read.data.ts } };
  });
  return {
    access: { url: `${http.url}/api`, token: async () => BOT_TOKEN },
    answers: `${http.url}/answers/`,
    messages,
    views,
    said,
    http,
    failing,
    close: () => http.close(),
  };
}
