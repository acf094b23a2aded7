/** Messages as a POST to a program of one's own, signed so that it knows where they come from. */
import { createHmac } from "node:crypto";
import { type Message, type Notifier, NotifyFailed } from "../approval/notifier.ts";
import type { JsonObject } from "../json.ts";
import type { Clock } from "../ports.ts";

export interface WebhookAccess {
  /** `https:`, or `http:` to this machine. */
  readonly url: string;
  /** Signs; asked for at each call. */
  readonly secret: () => Promise<string>;
  readonly clock: Clock;
}

export const WEBHOOK_HEADERS = {
  /** Unix seconds; part of what is signed. Receivers refuse what is older than five minutes. */
  timestamp: "espalier-timestamp",
  /** `v1=HEX`: HMAC-SHA-256 over `TIMESTAMP.BODY`. */
  signature: "espalier-signature",
} as const;

const PATIENCE_MS = 5000;

export function webhookNotifier(access: WebhookAccess): Notifier {
  return {
    async send(message) {
      const { url, secret, clock } = access;
      if (!isSafeTarget(url)) {
        throw new NotifyFailed("the webhook's URL is neither https nor on this machine", {
          retry: false,
        });
      }
      const body = JSON.stringify(webhookDocument(message));
      const timestamp = String(Math.floor(clock.now().getTime() / 1000));
      const answer = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "espalier",
          [WEBHOOK_HEADERS.timestamp]: timestamp,
          [WEBHOOK_HEADERS.signature]: webhookSignature(timestamp, body, await secret()),
        },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch((cause: unknown) => {
        throw new NotifyFailed("the webhook cannot be reached", { retry: true, cause });
      });
      await answer.body?.cancel();
      if (answer.ok) return { reference: `${answer.status}` };
      const { status } = answer;
      const retry = status === 408 || status === 429 || status >= 500;
      throw new NotifyFailed(`the webhook answered ${status}`, { retry });
    },
  };
}

/** `espalier-signature` of a body. */
export function webhookSignature(timestamp: string, body: string, secret: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

export function isSafeTarget(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && hostname === "127.0.0.1");
}

/** What webhooks and topics are told: the message as text, and enough to file it by. */
export function webhookDocument(message: Message): JsonObject {
  const { kind, to, approval, link, subject, text } = message;
  const { id, run, step, level, deadline, status, policy, decision } = approval;
  return {
    format: 1,
    kind,
    to,
    subject,
    text,
    link: link === "" ? null : link,
    approval: {
      id,
      status,
      title: policy.title,
      step,
      level,
      deadline,
      decision: decision && { verdict: decision.verdict, by: decision.by, at: decision.at },
    },
    run: {
      id: run.id,
      workflow: run.workflow,
      environment: run.environment,
      customer: run.customer,
    },
  };
}
