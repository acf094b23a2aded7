/** The channels that an environment has, by its settings. */

import type { Notifiers } from "../runtime/notify/messenger.ts";
import type { NotifySettings, SecretPlace } from "../runtime/notify/notify-settings.ts";
import { slackNotifier } from "../runtime/notify/notify-slack.ts";
import { webhookNotifier } from "../runtime/notify/notify-webhook.ts";
import type { Clock } from "../runtime/ports.ts";
import type { lazySes } from "./lazy-ses.ts";
import type { lazySns } from "./lazy-sns.ts";
import { sesNotifier } from "./notify-ses.ts";
import { snsNotifier } from "./notify-sns.ts";

export interface NotifierWorld {
  readonly ses: ReturnType<typeof lazySes>;
  readonly sns: ReturnType<typeof lazySns>;
  /** Text of a secret. */
  readonly secret: (place: SecretPlace) => Promise<string>;
  readonly clock: Clock;
}

export function awsNotifiers(settings: NotifySettings, world: NotifierWorld): Notifiers {
  const { email, slack, webhook, sns } = settings;
  return {
    ...(email && { email: sesNotifier(email, world.ses) }),
    ...(slack && { slack: slackNotifier(slack, { token: () => world.secret(slack.token) }) }),
    ...(webhook && {
      webhook: webhookNotifier({
        url: webhook.url,
        secret: () => world.secret(webhook.secret),
        clock: world.clock,
      }),
    }),
    ...(sns && { sns: snsNotifier(sns.topic, world.sns) }),
  };
}
