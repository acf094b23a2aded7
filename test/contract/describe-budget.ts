import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../lib/local/ports/index.ts";
import { openBudget } from "../../lib/runtime/budget/budget.ts";
import type { Records } from "../../lib/runtime/ports.ts";
import { amounts, budgetOf, stepCall } from "../runtime/budget/budget-world.ts";
import type { Adapter, MakeAdapter } from "./adapter.ts";

/** Counts like the provider of a model would: what has been taken, and what calls under way may take. */
class Meter {
  taken = 0;
  calls = 0;
  highest = 0;
  #underway = 0;

  async call(most: number, actual: number): Promise<void> {
    this.calls++;
    this.#underway += most;
    this.highest = Math.max(this.highest, this.taken + this.#underway);
    await setImmediate();
    this.#underway -= most;
    this.taken += actual;
  }
}

/** Spenders at once on one budget: no adapter of `Records` may lose or double an amount. */
export function describeBudget(name: string, make: MakeAdapter<Records>): void {
  describe(`a budget on ${name}`, () => {
    let adapter: Adapter<Records>;
    beforeEach(async () => {
      adapter = await make();
    });
    afterEach(() => adapter.close?.());

    const CAP = 1000;
    const open = () =>
      openBudget(budgetOf({ cost: CAP }, { cost: CAP - 100 }), stepCall(), {
        records: adapter.port,
        clock: systemClock,
      });

    it("is never overspent by 50 spenders at once, and used up to the last call that fits", async () => {
      const meter = new Meter();
      const spender = async (number: number): Promise<string> => {
        const budget = open();
        for (let turn = 0; turn < 3; turn++) {
          const id = `${number}/${turn}`;
          const most = 10 + (number % 7);
          try {
            await budget.reserve(id, amounts({ cost: most }));
          } catch (error) {
            return error instanceof Error ? error.name : String(error);
          }
          const actual = most - (turn % 3);
          await meter.call(most, actual);
          await budget.settle(id, amounts({ cost: actual }));
        }
        return "done";
      };
      const ends = await Promise.all(Array.from({ length: 50 }, (_, number) => spender(number)));
      expect(ends.filter((end) => end !== "done" && end !== "Budget.Exceeded")).toEqual([]);
      expect(ends).toContain("Budget.Exceeded");
      expect(meter.highest).toBeLessThanOrEqual(CAP - 100);
      const { run, step } = await open().spent();
      expect(run).toEqual({
        spent: amounts({ cost: meter.taken }),
        reserved: amounts({}),
      });
      expect(step).toEqual(run);
      // Refused were only calls that did not fit beside those under way.
      expect(meter.taken).toBeGreaterThan((CAP - 100) / 2);
    });

    it("lets 100 writers through, each once", async () => {
      const budgets = Array.from({ length: 100 }, open);
      await Promise.all(
        budgets.map((budget, number) => budget.reserve(`r${number}`, amounts({ cost: 3 }))),
      );
      expect((await open().spent()).run.reserved.cost).toBe(300);
      // Each by two processes, as after a crash.
      await Promise.all(
        [...budgets, ...budgets].map((budget, number) =>
          budget.settle(`r${number % 100}`, amounts({ cost: 2 })),
        ),
      );
      expect((await open().spent()).run).toEqual({
        spent: amounts({ cost: 200 }),
        reserved: amounts({}),
      });
    }, 120_000);
  });
}
