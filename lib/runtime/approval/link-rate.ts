/**
 * How often links may be used. Who holds a good link is counted by the link, so that people behind one
 * address do not stand in each other's way; who sends links that are none is counted by address.
 *
 * | question                     | where                                  |
 * | ---------------------------- | -------------------------------------- |
 * | uses in a window             | `link-rate#DIGEST` / start of window   |
 */
import { createHash } from "node:crypto";
import { isStepError } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { type Change, updateRecord } from "../update-record.ts";

export interface LinkRate {
  /** Names what is counted, for example `link#NONCE`. */
  readonly key: string;
  /** In a window; windows follow one another, so that up to twice as many may come around an edge. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** Milliseconds to wait for a turn; a crowd at one link is a reason to refuse. */
const PATIENCE_MS = 2000;

type Stores = Pick<Ports, "records" | "clock">;

/** Counts one use. False if there were `limit` in this window already: then it was not counted. */
export async function countUse(rate: LinkRate, { records, clock }: Stores): Promise<boolean> {
  const { key, expiresAt } = placeOf(rate, clock);
  try {
    const { result } = await updateRecord(
      key,
      (standing): Change<boolean> => {
        const uses = Number(standing?.data.uses ?? 0);
        if (uses >= rate.limit) return { keep: false };
        return { write: { data: { uses: uses + 1 }, expiresAt }, result: true };
      },
      { records, patience: PATIENCE_MS },
    );
    return result;
  } catch (error) {
    if (isStepError(error) && error.name === "Step.InProgress") return false;
    throw error;
  }
}

/** Whether there is room, without counting. */
export async function hasRoom(rate: LinkRate, { records, clock }: Stores): Promise<boolean> {
  const item = await records.get(placeOf(rate, clock).key);
  return Number(item?.data.uses ?? 0) < rate.limit;
}

function placeOf({ key, windowSeconds }: LinkRate, clock: Ports["clock"]) {
  const window = Math.floor(clock.now().getTime() / 1000 / windowSeconds);
  // Addresses are personal: what is stored does not say whose they are.
  const digest = createHash("sha256").update(key).digest("base64url").slice(0, 32);
  return {
    key: { partition: `link-rate#${digest}`, sort: String(window * windowSeconds) },
    expiresAt: (window + 2) * windowSeconds,
  };
}
