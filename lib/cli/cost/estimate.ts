import type { Plan } from "../../compiler/plan.ts";
import { PRICES } from "./prices.ts";
import type { RecordedRuns } from "./recorded-runs.ts";
import { monthlyUsage, runUsage, type Usage } from "./run-usage.ts";

/** US dollars. */
export interface CostRow extends Usage {
  readonly perRun: number;
  readonly perMonth: number;
}

export interface Estimate {
  readonly runsPerMonth: number;
  readonly rows: readonly CostRow[];
  readonly perRun: number;
  readonly perMonth: number;
  /** Of the environment, without any run. */
  readonly idlePerMonth: number;
}

/** What a workflow costs at so many runs a month. Storage is priced at the run, for as long as it is kept. */
export function estimate(
  plan: Plan,
  recorded: RecordedRuns | undefined,
  runsPerMonth: number,
): Estimate {
  const rows = runUsage(plan, recorded).map((usage) => {
    const perRun = priceOf(usage);
    return { ...usage, perRun, perMonth: perRun * runsPerMonth };
  });
  const perRun = rows.reduce((total, row) => total + row.perRun, 0);
  return {
    runsPerMonth,
    rows,
    perRun,
    perMonth: perRun * runsPerMonth,
    idlePerMonth: monthlyUsage().reduce((total, usage) => total + priceOf(usage), 0),
  };
}

function priceOf({ item, quantity }: Usage): number {
  const { usd, per } = PRICES[item];
  return (quantity * usd) / per;
}
