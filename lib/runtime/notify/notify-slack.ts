/** Messages by Slack: to a person, or to a channel that names the person; changed once all is decided. */
import * as z from "zod";
import { normaliseAddress } from "../approval/approval.ts";
import { type Message, type Notifier, NotifyFailed, type Sent } from "../approval/notifier.ts";
import type { JsonObject } from "../json.ts";
import { callSlack, type SlackAccess } from "./slack-api.ts";
import { slackEscaped, withoutLink } from "./slack-blocks.ts";

export interface SlackPeople {
  /** Id of a Slack user (`U…`) by address. */
  readonly users: { readonly [address: string]: string };
  /** Id of a channel; absent: each person gets a message of their own. */
  readonly channel?: string | undefined;
}

const Posted = z.object({ channel: z.string(), ts: z.string() });

/** Characters of a message's `text`. */
const MAX_TEXT = 3000;

export function slackNotifier(people: SlackPeople, access: SlackAccess): Notifier {
  return {
    async send(message) {
      const { earlier = [] } = message;
      if (message.kind === "decided" && earlier.length > 0) return update(message, earlier, access);
      return post(message, people, access);
    },
  };
}

/** The Slack user of an address; the other way round `addressOfUser` says who has pressed a button. */
export function userOf({ users }: SlackPeople, address: string): string | undefined {
  const wanted = normaliseAddress(address);
  return Object.entries(users).find(([one]) => normaliseAddress(one) === wanted)?.[1];
}

export function addressOfUser({ users }: SlackPeople, user: string): string | undefined {
  const found = Object.entries(users).find(([, one]) => one === user)?.[0];
  return found === undefined ? undefined : normaliseAddress(found);
}

async function post(message: Message, people: SlackPeople, access: SlackAccess): Promise<Sent> {
  const posted = Posted.parse(
    await callSlack("chat.postMessage", slackPost(message, people), access),
  );
  return { reference: `${posted.channel}/${posted.ts}` };
}

/** Body of `chat.postMessage`. Throws `NotifyFailed` for whoever has no Slack user. */
export function slackPost(
  message: Message,
  people: SlackPeople,
): JsonObject & { readonly channel: string } {
  const user = userOf(people, message.to);
  if (user === undefined) {
    throw new NotifyFailed(`${message.to} has no Slack user here (notify.slack.users)`, {
      retry: false,
    });
  }
  const { channel } = people;
  // The link is for one person, and in a channel everybody would hold it.
  const blocks =
    channel === undefined ? [...message.slack] : [mention(user), ...withoutLink(message.slack)];
  return { channel: channel ?? user, ...content(message, blocks) };
}

/** Every message about the request: none keeps a button that would only be refused. */
async function update(
  message: Message,
  earlier: readonly string[],
  access: SlackAccess,
): Promise<Sent> {
  const failed: unknown[] = [];
  for (const reference of earlier) {
    const [channel = "", ts = ""] = reference.split("/");
    // Only a message of one's own (`D…`) may hold the link.
    const blocks = channel.startsWith("D") ? [...message.slack] : withoutLink(message.slack);
    try {
      await callSlack("chat.update", { channel, ts, ...content(message, blocks) }, access);
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 0) throw failed[0];
  return { reference: earlier.at(-1) ?? "" };
}

function content(message: Message, blocks: readonly JsonObject[]): JsonObject {
  return {
    text: slackEscaped(message.subject, MAX_TEXT),
    blocks: [...blocks],
    mrkdwn: false,
    parse: "none",
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** A user's id is checked where the environment is read, so that nothing else can be mentioned. */
function mention(user: string): JsonObject {
  return { type: "section", text: { type: "mrkdwn", text: `<@${user}>` } };
}
