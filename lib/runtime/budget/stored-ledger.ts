/** The ledger as its item holds it: short, because each write of the item is paid by its size. */
import { createHash } from "node:crypto";
import type { JsonObject } from "../json.ts";
import type { RecordItem } from "../ports.ts";
import type { Amounts } from "./amounts.ts";
import { EMPTY, type Ledger } from "./ledger.ts";

type StoredAmounts = [cost: number, inputTokens: number, outputTokens: number];

interface StoredLedger {
  readonly spent: { readonly [step: string]: StoredAmounts };
  readonly open: { readonly [reservation: string]: [step: string, ...StoredAmounts] };
}

/** 132 bits of an id of any length. */
export function shortId(id: string): string {
  return createHash("sha256").update(id).digest("base64url").slice(0, 22);
}

export function ledgerOf(item: RecordItem | undefined): Ledger {
  if (!item) return EMPTY;
  // Only this file writes these items.
  const { spent, open } = item.data as unknown as StoredLedger;
  return {
    spent: map(spent, amountsOf),
    open: map(open, ([step, ...amounts]) => ({ step, amounts: amountsOf(amounts) })),
  };
}

export function dataOf({ spent, open }: Ledger): JsonObject {
  return {
    spent: map(spent, listOf),
    open: map(open, ({ step, amounts }) => [step, ...listOf(amounts)]),
  };
}

function amountsOf([cost, inputTokens, outputTokens]: StoredAmounts): Amounts {
  return { cost, inputTokens, outputTokens };
}

function listOf({ cost, inputTokens, outputTokens }: Amounts): StoredAmounts {
  return [cost, inputTokens, outputTokens];
}

function map<A, B>(
  from: { readonly [name: string]: A },
  by: (value: A) => B,
): { [name: string]: B } {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, by(value)]));
}
