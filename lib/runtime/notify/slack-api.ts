/** The calls of Slack's Web API that are used, by `fetch`. https://docs.slack.dev/apis/web-api/ */
import * as z from "zod";
import { NotifyFailed } from "../approval/notifier.ts";
import type { JsonObject } from "../json.ts";

export interface SlackAccess {
  /** The bot's token (`xoxb-…`), asked for at each call: whoever gives it keeps it at hand. */
  readonly token: () => Promise<string>;
  /** Where the methods are. Default: Slack's own. */
  readonly url?: string | undefined;
}

export type SlackMethod = "chat.postMessage" | "chat.update" | "views.open";

const SLACK_URL = "https://slack.com/api";
/** Milliseconds for one call; a dialog has to be open within three seconds. */
const PATIENCE_MS = 2500;

/** https://docs.slack.dev/reference/methods/chat.postMessage#errors: those that may pass. */
const PASSING = new Set([
  "ratelimited",
  "rate_limited",
  "fatal_error",
  "internal_error",
  "service_unavailable",
  "request_timeout",
  "message_limit_exceeded",
]);

const Answer = z.looseObject({ ok: z.boolean(), error: z.string().optional() });

/** Throws `NotifyFailed`, with Slack's own name for what is wrong; never with the token. */
export async function callSlack(
  method: SlackMethod,
  body: JsonObject,
  { token, url = SLACK_URL }: SlackAccess,
): Promise<{ readonly [name: string]: unknown }> {
  const authorization = `Bearer ${await token()}`;
  const answer = await fetch(`${url}/${method}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((cause: unknown) => {
    throw new NotifyFailed(`Slack cannot be reached (${nameOf(cause)})`, { retry: true, cause });
  });
  if (answer.status === 429 || answer.status >= 500) {
    throw new NotifyFailed(`Slack answered ${answer.status}`, { retry: true });
  }
  const read = Answer.safeParse(await answer.json().catch(() => undefined));
  if (!read.success) {
    throw new NotifyFailed(`Slack answered ${answer.status}, with no document of its API`, {
      retry: false,
    });
  }
  if (read.data.ok) return read.data;
  const error = read.data.error?.slice(0, 80) ?? "unknown_error";
  throw new NotifyFailed(`Slack refused ${method}: ${error}`, { retry: PASSING.has(error) });
}

function nameOf(cause: unknown): string {
  return cause instanceof Error && cause.name === "TimeoutError"
    ? "no answer in time"
    : "no connection";
}
