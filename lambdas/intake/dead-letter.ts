import type { AwsClients } from "../../lib/aws/clients.ts";

/** Bytes of a message that every queue takes. */
const LONGEST_MESSAGE = 256 * 1024;

/** Puts what is refused on the queue, with the reason, for a person to look at and send again. */
export async function deadLetter(
  queue: string,
  reason: string,
  payload: unknown,
  client: AwsClients["sqs"],
): Promise<void> {
  const whole = JSON.stringify({ reason, payload });
  const fits = Buffer.byteLength(whole) <= LONGEST_MESSAGE;
  const body = fits
    ? whole
    : JSON.stringify({
        reason: reason.slice(0, 10_000),
        // Four bytes a character at most, and each of them may be escaped.
        beginning: (JSON.stringify(payload) ?? "").slice(0, LONGEST_MESSAGE / 8),
      });
  console.log(JSON.stringify({ level: "WARN", message: "Refused", reason }));
  const [sender, { sqs }] = await Promise.all([client(), import("../../lib/aws/sqs-calls.ts")]);
  await sender.send(new sqs.send({ QueueUrl: queue, MessageBody: body }));
}
