/**
 * The channels of this machine, as `notify` of local.yaml has them: each leaves in the outbox what it
 * would have sent. A webhook to this machine is sent as well, signed as anywhere else.
 */
import { CHANNELS } from "../../manifest/approval-policy.ts";
import { type Message, type Notifier, NotifyFailed } from "../../runtime/approval/notifier.ts";
import type { Notifiers } from "../../runtime/notify/messenger.ts";
import type { NotifySettings, SecretPlace } from "../../runtime/notify/notify-settings.ts";
import { slackPost } from "../../runtime/notify/notify-slack.ts";
import { webhookDocument, webhookNotifier } from "../../runtime/notify/notify-webhook.ts";
import type { Clock } from "../../runtime/ports.ts";
import { localSecret } from "./local-secret.ts";
import type { Delivery, Outbox } from "./outbox.ts";

/** Without a word about channels, there are all of them: a policy can be tried before anything is set up. */
export function localNotifiers(
  { email, slack, webhook, sns }: NotifySettings,
  outbox: Outbox,
  clock: Clock,
): Notifiers {
  if (!(email || slack || webhook || sns)) {
    return Object.fromEntries(CHANNELS.map((channel) => [channel, outbox]));
  }
  const kept = (delivery: (message: Message) => Delivery): Notifier => ({
    send: (message, channel) => outbox.send(message, channel, delivery(message)),
  });
  return {
    ...(email && { email: kept(() => ({ from: email.from })) }),
    ...(slack && {
      slack: kept((message) => {
        const document = slackPost(message, slack);
        return { at: document.channel, document };
      }),
    }),
    ...(webhook && { webhook: webhookHere(webhook, outbox, clock) }),
    ...(sns && {
      sns: kept((message) => ({ at: sns.topic, document: webhookDocument(message) })),
    }),
  };
}

function webhookHere(
  { url, secret }: NonNullable<NotifySettings["webhook"]>,
  outbox: Outbox,
  clock: Clock,
): Notifier {
  const isHere = new URL(url).hostname === "127.0.0.1";
  const real = webhookNotifier({ url, secret: () => secretFor(secret), clock });
  return {
    async send(message, channel) {
      if (isHere) await real.send(message, channel);
      const document = webhookDocument(message);
      return outbox.send(message, channel, { at: url, document, ...(isHere && { sent: true }) });
    },
  };
}

async function secretFor(place: SecretPlace): Promise<string> {
  try {
    return await localSecret(place);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new NotifyFailed(message, { retry: false, cause });
  }
}
