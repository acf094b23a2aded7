/** Whether Slack has sent a request, now, and for the first time. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { PARTITIONS } from "../../runtime/deployed.ts";
import { ConditionFailed } from "../../runtime/errors.ts";
import type { Ports } from "../../runtime/ports.ts";

/** Seconds that Slack's clock and ours may differ, the way included. */
const WINDOW_S = 5 * 60;

export type SlackFault = "unsigned" | "old" | "forged" | "replayed";

/**
 * The first thing that is wrong with it, for the log; undefined: nothing is. A request that is good is
 * remembered, and refused from then on.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export async function slackFault(
  { headers, body }: { readonly headers: Headers; readonly body: string },
  secret: string,
  { records, clock }: Pick<Ports, "records" | "clock">,
): Promise<SlackFault | undefined> {
  const timestamp = headers.get("x-slack-request-timestamp") ?? "";
  const signature = headers.get("x-slack-signature") ?? "";
  const isSigned = isSame(signature, slackSignature(timestamp, body, secret));
  if (!/^[0-9]{1,12}$/.test(timestamp) || signature === "") return "unsigned";
  const now = clock.now().getTime() / 1000;
  if (Math.abs(now - Number(timestamp)) > WINDOW_S) return "old";
  if (!isSigned) return "forged";
  const digest = createHash("sha256").update(signature).digest("hex");
  try {
    await records.put(
      {
        key: { partition: PARTITIONS.interaction + digest, sort: "seen" },
        data: { timestamp },
        // Past the window in either direction, nobody can send it once more.
        expiresAt: Number(timestamp) + 4 * WINDOW_S,
      },
      { absent: true },
    );
    return undefined;
  } catch (error) {
    if (error instanceof ConditionFailed) return "replayed";
    throw error;
  }
}

/** `X-Slack-Signature` of a body. */
export function slackSignature(timestamp: string, body: string, secret: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

/** In a time that does not depend on where they differ, nor on how long the given one is. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
