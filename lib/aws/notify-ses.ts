/** Messages by mail: SES v2. */
import { type Notifier, NotifyFailed } from "../runtime/approval/notifier.ts";
import type { lazySes } from "./lazy-ses.ts";
import { notifyFailure } from "./notify-failure.ts";

export interface MailSender {
  /** Address, or `Name <address>`; verified in SES, or of a verified domain. */
  readonly from: string;
  /** ARN of the identity, where it is another account's or not the address itself. */
  readonly identity?: string | undefined;
}

/**
 * Programs that answer mails (holidays, deliveries) leave those alone that say so.
 * https://www.rfc-editor.org/rfc/rfc3834#section-5
 */
const HEADERS = [
  { Name: "Auto-Submitted", Value: "auto-generated" },
  { Name: "X-Auto-Response-Suppress", Value: "All" },
];

/** One plain address: no list, no name, nothing that begins another header. */
const ADDRESS = /^[^\s@<>(),;:\\"[\]\p{C}]{1,64}@[^\s@<>(),;:\\"[\]\p{C}]{1,190}$/u;

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors */
const PASSING = ["TooManyRequestsException", "LimitExceededException", "ThrottlingException"];

export function sesNotifier(
  { from, identity }: MailSender,
  client: ReturnType<typeof lazySes>,
): Notifier {
  return {
    async send({ to, subject, text, html }) {
      if (!ADDRESS.test(to)) {
        throw new NotifyFailed(`${JSON.stringify(to.slice(0, 254))} is no mail address`, {
          retry: false,
        });
      }
      const [sender, { ses }] = await Promise.all([client(), import("./ses-calls.ts")]);
      const part = (Data: string) => ({ Data, Charset: "UTF-8" });
      try {
        const { MessageId } = await sender.send(
          new ses.send({
            FromEmailAddress: from,
            ...(identity !== undefined && { FromEmailAddressIdentityArn: identity }),
            Destination: { ToAddresses: [to] },
            Content: {
              Simple: {
                Subject: part(subject),
                Body: { Text: part(text), Html: part(html) },
                Headers: HEADERS,
              },
            },
          }),
        );
        return { reference: MessageId ?? "" };
      } catch (error) {
        throw notifyFailure("SES", error, PASSING);
      }
    },
  };
}
