import { setTimeout as sleep } from "node:timers/promises";

/** Looks until there is something. Throws after `seconds`, with what was waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
    await sleep(500);
  }
}
