/**
 * What several calls share and may not overspend together: the budget of a run, and of a step over
 * all its iterations. One item, changed by conditional writes only, so any number of functions may
 * spend at once.
 *
 * | question               | where                     |
 * | ---------------------- | ------------------------- |
 * | the spending of one run | key `budget#KEY` / `budget` |
 *
 * Before a call, what it may take at most is reserved; after it, what it has taken is settled. Both
 * may be repeated under the same id, and count once. Who reserves must reserve the upper bound: what
 * is settled beyond it is counted as it is, and makes the next reservation fail.
 */
import { createHash } from "node:crypto";
import type { BudgetDocument } from "../agent/agent-document.ts";
import type { StepCall } from "../call.ts";
import type { Ports, RecordItem, RecordKey } from "../ports.ts";
import { type Change, updateRecord } from "../update-record.ts";
import { type Amounts, add, atLeast, checkAmounts, NOTHING } from "./amounts.ts";
import { budgetExceeded } from "./budget-exceeded.ts";
import { type Ledger, reserveIn, settleIn, type Totals, totalsOf } from "./ledger.ts";
import { dataOf, ledgerOf, shortId } from "./stored-ledger.ts";

export interface Budget {
  /**
   * Sets amounts aside for the call `id`: unique in the run, the same when that call is made again
   * after a crash. Throws `Budget.Exceeded`, and `Step.InProgress` if no turn came for a minute.
   */
  reserve(id: string, amounts: Amounts): Promise<void>;
  /** Counts what the call has taken, and frees the rest. Nothing for a call that was never made. */
  settle(id: string, actual: Amounts): Promise<void>;
  /** What has been spent and reserved up to now, by the run and by this step. */
  spent(): Promise<{ readonly run: Totals; readonly step: Totals }>;
}

type BudgetPorts = Pick<Ports, "records" | "clock">;

/** A year for the longest execution, and two weeks in which it may be redriven. */
const KEEP_SECONDS = 380 * 86_400;

/**
 * The budget of a step's run. Where nothing is capped, nothing is stored, and `spent` knows only what
 * went through this very object: what runs have spent stands in their journals and outputs.
 */
export function openBudget(
  document: BudgetDocument,
  call: Pick<StepCall, "run" | "step">,
  ports: BudgetPorts,
  options: { readonly signal?: AbortSignal } = {},
): Budget {
  const isCapped = [document.run, document.step].some((caps) =>
    Object.values(caps).some((cap) => cap !== null),
  );
  return isCapped ? sharedBudget(document, call, ports, options) : uncappedBudget();
}

function sharedBudget(
  document: BudgetDocument,
  { run, step }: Pick<StepCall, "run" | "step">,
  { records, clock }: BudgetPorts,
  options: { readonly signal?: AbortSignal },
): Budget {
  const key = budgetKeyOf(run);
  let known: RecordItem | undefined;
  const update = async <T>(
    change: (ledger: Ledger) => { ledger: Ledger; result: T },
  ): Promise<T> => {
    const expiresAt = Math.ceil(clock.now().getTime() / 1000) + KEEP_SECONDS;
    const { result, item } = await updateRecord(
      key,
      (standing): Change<T> => {
        const before = ledgerOf(standing);
        const { ledger, result } = change(before);
        if (ledger === before) return { keep: result };
        return { write: { data: dataOf(ledger), expiresAt }, result };
      },
      { records, known, ...options },
    );
    known = item;
    return result;
  };
  return {
    async reserve(id, amounts) {
      checkAmounts(amounts);
      const excess = await update((ledger) => {
        const reserved = reserveIn(ledger, shortId(id), { step: step.id, amounts }, document);
        return "excess" in reserved
          ? { ledger, result: reserved.excess }
          : { ledger: reserved.ledger, result: undefined };
      });
      if (excess) throw budgetExceeded(excess, step.id, document.currency);
    },
    async settle(id, actual) {
      checkAmounts(actual);
      await update((ledger) => ({
        ledger: settleIn(ledger, shortId(id), actual),
        result: undefined,
      }));
    },
    async spent() {
      const ledger = ledgerOf(await records.get(key));
      return { run: totalsOf(ledger), step: totalsOf(ledger, step.id) };
    },
  };
}

/** Of one step, and only as long as this object lives: the run is that step. */
function uncappedBudget(): Budget {
  const open = new Map<string, Amounts>();
  let spent = NOTHING;
  return {
    async reserve(id, amounts) {
      checkAmounts(amounts);
      open.set(id, atLeast(open.get(id) ?? NOTHING, amounts));
    },
    async settle(id, actual) {
      checkAmounts(actual);
      if (open.delete(id)) spent = add(spent, actual);
    },
    async spent() {
      const totals = { spent, reserved: [...open.values()].reduce(add, NOTHING) };
      return { run: totals, step: totals };
    },
  };
}

/** The start time is part of it because Step Functions lets a run's name be used again after 90 days. */
function budgetKeyOf({ environment, workflow, id, startedAt }: StepCall["run"]): RecordKey {
  const identity = JSON.stringify([environment, workflow, id, startedAt]);
  const digest = createHash("sha256").update(identity).digest("hex");
  return { partition: `budget#${digest}`, sort: "budget" };
}
