import { setTimeout as sleep } from "node:timers/promises";

const TRIES = 5;

/** Runs `work` again, after a pause that grows, while it fails in a way that passes. */
export async function withRetries<T>(
  work: () => Promise<T>,
  isPassing: (error: unknown) => boolean,
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (tried === TRIES || !isPassing(error)) throw error;
    }
    await sleep((0.5 + Math.random() / 2) * 100 * 2 ** tried);
  }
}
