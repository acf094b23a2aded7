/** Sending once more what failed for a passing reason. */
import { setTimeout as wait } from "node:timers/promises";
import type { Channel } from "../../manifest/approval-policy.ts";
import { type Message, type Notifier, NotifyFailed, type Sent } from "../approval/notifier.ts";

/** Milliseconds before the second and the third attempt, each at random between half of it and all. */
const PAUSES = [400, 1600] as const;

export type Sleep = (milliseconds: number) => Promise<void>;

export const sleepWell: Sleep = (milliseconds) => wait(milliseconds);

/** Three attempts. Throws what the last of them threw. */
export async function sendPatiently(
  notifier: Notifier,
  message: Message,
  channel: Channel,
  sleep: Sleep = sleepWell,
): Promise<Sent> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await notifier.send(message, channel);
    } catch (error) {
      const pause = PAUSES[attempt];
      if (!(error instanceof NotifyFailed) || !error.retry || pause === undefined) throw error;
      await sleep(pause * (0.5 + Math.random() / 2));
    }
  }
}
