/** What the runtime does from time to time, without being asked. */

import { type AnnouncingPorts, announcePending } from "../../runtime/approval/announce.ts";
import { deliverPending } from "../../runtime/approval/deliver.ts";
import { expireOverdue } from "../../runtime/approval/find-approvals.ts";
import type { Ports } from "../../runtime/ports.ts";

const EVERY_MS = 30_000;

/** Decisions younger than this are left to the `decide` that made them. */
const OLDER_THAN_MS = 60_000;

export type BackgroundPorts = Pick<Ports, "tokens"> & AnnouncingPorts;

/** Starts it; returns what stops it and waits for what is under way. */
export function startBackground(
  ports: BackgroundPorts,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => round(ports)).catch(onError);
  }, EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}

async function round(ports: BackgroundPorts): Promise<void> {
  await deliverPending(ports, OLDER_THAN_MS);
  await expireOverdue(ports);
  await announcePending(ports, OLDER_THAN_MS);
}
