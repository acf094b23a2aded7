/**
 * One start for one name, where Step Functions does not see to it: any number of express executions
 * may have the same one. The claim is written with conditions only:
 *
 *     (nothing) ──claim──▶ claimed ──start──▶ started
 *                            │  ▲
 *                            └──┘ take over: the lease has run out, or the start has failed
 *
 * A crash between the start and `started` leaves `claimed` behind, and the next attempt starts a
 * second execution. That one has the same name and the same `startedAt`, so the same idempotency keys:
 * its effects do not happen again.
 *
 * | question             | where                              |
 * | -------------------- | ---------------------------------- |
 * | claim of a run       | key `intake#WORKFLOW#RUN` / `claim` |
 */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { ConditionFailed } from "./errors.ts";
import { claimPrefix } from "./express.ts";
import type { Ports, RecordItem, RecordKey } from "./ports.ts";

export interface ClaimedRun {
  readonly workflow: string;
  /** Name of the run. */
  readonly run: string;
  readonly principal: string;
  readonly customer: string | null;
  /** What the run is started with, as text; another one under the same name is told apart. */
  readonly input: string;
}

const Claim = z.object({
  state: z.enum(["claimed", "started"]),
  /** Unix milliseconds. */
  leaseUntil: z.number(),
  startedAt: z.string(),
  principal: z.string(),
  customer: z.string().nullable(),
  /** Digest of the input. */
  input: z.string(),
});
export type Claim = z.infer<typeof Claim>;

/** Longer than the function that starts runs may take. */
const LEASE_MS = 60_000;
/** As long as Step Functions keeps the names of standard executions. */
const KEEP_SECONDS = 90 * 86_400;
const POLL_MS = 100;

type Stores = Pick<Ports, "records" | "clock">;

export interface Start {
  readonly startedAt: string;
  /** Whether the run that has this name was asked for with this input. */
  readonly sameInput: boolean;
}

/**
 * Calls `start` unless a run of this name has been started before. Throws what it throws (the name may
 * then be claimed again), and an `Error` if another attempt is at it for longer than `patience`
 * milliseconds (default 5000).
 */
export async function startOnce(
  claimed: ClaimedRun,
  { records, clock }: Stores,
  start: (startedAt: string) => Promise<void>,
  patience = 5_000,
): Promise<Start> {
  const key = keyOf(claimed.workflow, claimed.run);
  const input = createHash("sha256").update(claimed.input).digest("hex");
  const giveUpAt = performance.now() + patience;
  for (;;) {
    const item = await records.get(key);
    const known = item && Claim.parse(item.data);
    const now = clock.now().getTime();
    const isFree = !known || (known.state === "claimed" && known.leaseUntil <= now);
    if (known && !isFree) {
      if (known.state === "started") {
        return { startedAt: known.startedAt, sameInput: known.input === input };
      }
      if (performance.now() > giveUpAt) {
        throw new Error(`The run "${claimed.run}" is being started by another attempt.`);
      }
      await sleep(POLL_MS);
      continue;
    }
    const claim: Claim = {
      state: "claimed",
      leaseUntil: now + LEASE_MS,
      startedAt: known?.startedAt ?? new Date(now).toISOString(),
      principal: claimed.principal,
      customer: claimed.customer,
      input,
    };
    const write = (data: Claim, over: number | undefined): Promise<RecordItem> =>
      records.put(
        { key, data: { ...data }, expiresAt: Math.ceil(now / 1000) + KEEP_SECONDS },
        over === undefined ? { absent: true } : { version: over },
      );
    const { version } = await write(claim, item?.version).catch(lost);
    if (version === undefined) continue;
    try {
      await start(claim.startedAt);
    } catch (error) {
      // If this fails too, the lease runs out; what matters is why nothing was started.
      await write({ ...claim, leaseUntil: 0 }, version).catch(() => undefined);
      throw error;
    }
    // Who took over in between has started the same run again, and says so.
    await write({ ...claim, state: "started" }, version).catch(lost);
    return { startedAt: claim.startedAt, sameInput: true };
  }
}

/** Undefined for a run that was not claimed: a standard one, or one started by other means. */
export async function claimOf(
  workflow: string,
  run: string,
  { records }: Pick<Ports, "records">,
): Promise<Claim | undefined> {
  const item = await records.get(keyOf(workflow, run));
  return item && Claim.parse(item.data);
}

function keyOf(workflow: string, run: string): RecordKey {
  return { partition: `${claimPrefix(workflow)}${run}`, sort: "claim" };
}

function lost(error: unknown): { readonly version: undefined } {
  if (error instanceof ConditionFailed) return { version: undefined };
  throw error;
}
