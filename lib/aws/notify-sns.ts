/** Messages to a topic of SNS: for pagers, chats and queues of one's own. */
import type { Notifier } from "../runtime/approval/notifier.ts";
import { webhookDocument } from "../runtime/notify/notify-webhook.ts";
import type { lazySns } from "./lazy-sns.ts";
import { notifyFailure } from "./notify-failure.ts";

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII, at most 100 characters. */
const MAX_SUBJECT = 100;

const PASSING = ["ThrottledException", "KMSThrottlingException", "InternalErrorException"];

/**
 * The same document as for webhooks. `to` and `kind` are attributes as well, so that a subscription can
 * be filtered by them: whoever gets the link decides as the person whom it is for.
 */
export function snsNotifier(topic: string, client: ReturnType<typeof lazySns>): Notifier {
  return {
    async send(message) {
      const [sender, { sns }] = await Promise.all([client(), import("./sns-calls.ts")]);
      const attribute = (StringValue: string) => ({ DataType: "String", StringValue });
      const subject = message.subject.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, MAX_SUBJECT);
      try {
        const { MessageId } = await sender.send(
          new sns.publish({
            TopicArn: topic,
            Subject: subject,
            Message: JSON.stringify(webhookDocument(message)),
            MessageAttributes: { to: attribute(message.to), kind: attribute(message.kind) },
          }),
        );
        return { reference: MessageId ?? "" };
      } catch (error) {
        throw notifyFailure("SNS", error, PASSING);
      }
    },
  };
}
