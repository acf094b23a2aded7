/**
 * What a run has spent, and what calls under way may still spend: the arithmetic of the budget, on
 * plain data. An open reservation counts as spent until it is settled. It is never handed back by
 * time: whether the call of a process that died was made, and will be billed, nobody knows. The same
 * call, made again after a crash or a redrive, finds its reservation by id.
 */
import type { BudgetCaps, BudgetDocument } from "../agent/agent-document.ts";
import { type Amounts, add, atLeast, isSame, MEASURES, type Measure, NOTHING } from "./amounts.ts";

export interface Ledger {
  /** By step, the run's other calls among them under their own steps. */
  readonly spent: { readonly [step: string]: Amounts };
  readonly open: { readonly [reservation: string]: Reservation };
}

export interface Reservation {
  readonly step: string;
  readonly amounts: Amounts;
}

export const EMPTY: Ledger = { spent: {}, open: {} };

/** A cap that a call would break. */
export interface Excess {
  readonly scope: "run" | "step";
  readonly measure: Measure;
  readonly cap: number;
  readonly spent: number;
  /** Reserved by other calls that are under way. */
  readonly reserved: number;
  readonly asked: number;
}

export type Reserved = { readonly ledger: Ledger } | { readonly excess: Excess };

/**
 * Sets `asked` aside for one call. An open reservation of the same id is taken over; where it was
 * smaller, it grows. Refused if anything of it would go beyond a cap of the run or of the step.
 */
export function reserveIn(
  ledger: Ledger,
  id: string,
  { step, amounts: asked }: Reservation,
  { run, step: stepCaps }: BudgetDocument,
): Reserved {
  const own = memberOf(ledger.open, id);
  const amounts = own ? atLeast(own.amounts, asked) : asked;
  if (own && isSame(own.amounts, amounts)) return { ledger };
  const others: Ledger = { ...ledger, open: without(ledger.open, id) };
  const excess =
    excessOf("run", run, totalsOf(others), amounts) ??
    excessOf("step", stepCaps, totalsOf(others, step), amounts);
  if (excess) return { excess };
  return { ledger: { ...others, open: withMember(others.open, id, { step, amounts }) } };
}

/** Counts what a call has taken, once: a reservation that is no longer open has been settled. */
export function settleIn(ledger: Ledger, id: string, actual: Amounts): Ledger {
  const own = memberOf(ledger.open, id);
  if (!own) return ledger;
  const before = memberOf(ledger.spent, own.step) ?? NOTHING;
  return {
    spent: withMember(ledger.spent, own.step, add(before, actual)),
    open: without(ledger.open, id),
  };
}

export interface Totals {
  readonly spent: Amounts;
  readonly reserved: Amounts;
}

/** Of the run, or of one of its steps. */
export function totalsOf({ spent, open }: Ledger, step?: string): Totals {
  const reservations = Object.values(open).filter(
    (each) => step === undefined || each.step === step,
  );
  return {
    spent:
      step === undefined
        ? Object.values(spent).reduce(add, NOTHING)
        : (memberOf(spent, step) ?? NOTHING),
    reserved: reservations.map(({ amounts }) => amounts).reduce(add, NOTHING),
  };
}

function excessOf(
  scope: Excess["scope"],
  caps: BudgetCaps,
  { spent, reserved }: Totals,
  asked: Amounts,
): Excess | undefined {
  for (const measure of MEASURES) {
    const cap = caps[measure];
    if (cap === null || spent[measure] + reserved[measure] + asked[measure] <= cap) continue;
    return {
      scope,
      measure,
      cap,
      spent: spent[measure],
      reserved: reserved[measure],
      asked: asked[measure],
    };
  }
  return undefined;
}

/** Ids of steps and reservations may be `constructor` or `__proto__`. */
function memberOf<T>(from: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}

function without<T>(from: { readonly [name: string]: T }, name: string): { [name: string]: T } {
  return Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));
}

function withMember<T>(
  from: { readonly [name: string]: T },
  name: string,
  value: T,
): { [name: string]: T } {
  return Object.fromEntries([
    ...Object.entries(from).filter(([key]) => key !== name),
    [name, value],
  ]);
}
