import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../lib/local/ports/index.ts";
import { memoryRecords } from "../../../lib/local/ports/memory.ts";
import { type Budget, openBudget } from "../../../lib/runtime/budget/budget.ts";
import { costText } from "../../../lib/runtime/budget/budget-exceeded.ts";
import type { Records } from "../../../lib/runtime/ports.ts";
import { amounts, budgetOf, stepCall } from "./budget-world.ts";

describe("a budget", () => {
  let records: Records;
  beforeEach(() => {
    records = memoryRecords();
  });
  const open = (document = budgetOf({ cost: 100 }), call = stepCall(), over = records): Budget =>
    openBudget(document, call, { records: over, clock: systemClock });

  it("counts what is reserved before it is spent", async () => {
    const budget = open();
    await budget.reserve("a", amounts({ cost: 60 }));
    expect(await budget.spent()).toMatchObject({
      run: { spent: { cost: 0 }, reserved: { cost: 60 } },
    });
    await expect(budget.reserve("b", amounts({ cost: 41 }))).rejects.toMatchObject({
      name: "Budget.Exceeded",
    });
    await budget.settle("a", amounts({ cost: 20 }));
    await budget.reserve("b", amounts({ cost: 80 }));
    expect(await budget.spent()).toMatchObject({
      run: { spent: { cost: 20 }, reserved: { cost: 80 } },
    });
  });

  it("says whose cap it was, how high, what is gone, and what was asked", async () => {
    const budget = open(budgetOf({ cost: 500_000 }));
    await budget.reserve("a", amounts({ cost: 430_000 }));
    await budget.settle("a", amounts({ cost: 400_000 }));
    await budget.reserve("b", amounts({ cost: 30_000 }));
    await expect(budget.reserve("c", amounts({ cost: 80_001 }))).rejects.toMatchObject({
      message:
        "The run may spend 0.50 USD: 0.40 USD are spent, 0.03 USD are reserved by calls under way, " +
        "and this call may take 0.080001 USD. Raise `limits` of the workflow, or let the step ask for less.",
      details: {
        scope: "run",
        measure: "cost",
        cap: 500_000,
        spent: 400_000,
        reserved: 30_000,
        asked: 80_001,
        step: "investigate",
        currency: "USD",
      },
    });
  });

  it.each(["cost", "inputTokens", "outputTokens"] as const)(
    "holds the cap of %s, of the run and of the step",
    async (measure) => {
      for (const document of [budgetOf({ [measure]: 10 }), budgetOf({}, { [measure]: 10 })]) {
        const budget = open(document, stepCall("s", `run-${JSON.stringify(document)}`));
        await budget.reserve("a", amounts({ [measure]: 10 }));
        await expect(budget.reserve("b", amounts({ [measure]: 1 }))).rejects.toMatchObject({
          details: { measure },
        });
      }
    },
  );

  it("adds the steps of a run up, and keeps their own caps apart", async () => {
    const document = budgetOf({ cost: 100 }, { cost: 60 });
    const [first, second] = [open(document, stepCall("one")), open(document, stepCall("two"))];
    await first.reserve("a", amounts({ cost: 60 }));
    await expect(first.reserve("b", amounts({ cost: 1 }))).rejects.toMatchObject({
      details: { scope: "step", step: "one", cap: 60 },
    });
    await second.reserve("c", amounts({ cost: 40 }));
    await expect(second.reserve("d", amounts({ cost: 1 }))).rejects.toMatchObject({
      details: { scope: "run", cap: 100, reserved: 100 },
    });
    expect(await second.spent()).toMatchObject({
      run: { reserved: { cost: 100 } },
      step: { reserved: { cost: 40 } },
    });
  });

  it("takes an open reservation over when the call is made again by another process", async () => {
    await open().reserve("a", amounts({ cost: 70 }));
    const again = open();
    await again.reserve("a", amounts({ cost: 70 }));
    await again.reserve("a", amounts({ cost: 100 }));
    await expect(again.reserve("a", amounts({ cost: 101 }))).rejects.toMatchObject({
      details: { asked: 101, reserved: 0 },
    });
    expect((await again.spent()).run.reserved.cost).toBe(100);
  });

  it("keeps what a dead process has reserved, because its call may be billed", async () => {
    await open().reserve("dead", amounts({ cost: 70 }));
    await expect(open().reserve("other", amounts({ cost: 31 }))).rejects.toMatchObject({
      name: "Budget.Exceeded",
    });
  });

  it("counts a settlement once, however often and by whom it is made", async () => {
    const budget = open();
    await budget.reserve("a", amounts({ cost: 50 }));
    for (const each of [budget, budget, open()]) await each.settle("a", amounts({ cost: 30 }));
    expect((await budget.spent()).run).toMatchObject({
      spent: { cost: 30 },
      reserved: { cost: 0 },
    });
  });

  it("counts a call that is made again under a settled id as another one", async () => {
    const budget = open();
    for (const cost of [30, 20]) {
      await budget.reserve("a", amounts({ cost: 50 }));
      await budget.settle("a", amounts({ cost }));
    }
    expect((await budget.spent()).run.spent.cost).toBe(50);
  });

  it("does not hide what was taken beyond the reservation", async () => {
    const budget = open();
    await budget.reserve("a", amounts({ cost: 100 }));
    await budget.settle("a", amounts({ cost: 130 }));
    expect((await budget.spent()).run.spent.cost).toBe(130);
    await expect(budget.reserve("b", amounts({}))).rejects.toMatchObject({
      details: { spent: 130, asked: 0 },
    });
  });

  it("keeps runs apart, also two of one name", async () => {
    const first = stepCall();
    const second = { ...first, run: { ...first.run, startedAt: "2026-06-01T00:00:00.000Z" } };
    await open(undefined, first).reserve("a", amounts({ cost: 100 }));
    await open(undefined, second).reserve("a", amounts({ cost: 100 }));
    await open(undefined, first).settle("a", amounts({ cost: 1 }));
    expect((await open(undefined, second).spent()).run.reserved.cost).toBe(100);
  });

  it("makes no call to the table where nothing is capped", async () => {
    const untouched = new Proxy({} as Records, {
      get: (_, name) => {
        throw new Error(`${String(name)} was called`);
      },
    });
    const budget = open(budgetOf({}), stepCall(), untouched);
    await budget.reserve("a", amounts({ cost: 1e9 }));
    await budget.settle("a", amounts({ cost: 7 }));
    await budget.settle("a", amounts({ cost: 7 }));
    expect((await budget.spent()).run.spent.cost).toBe(7);
  });

  it("costs one write for each reservation and settlement, and one read", async () => {
    const calls: string[] = [];
    const counting: Records = {
      ...records,
      get(key) {
        calls.push("get");
        return records.get(key);
      },
      put(item, condition) {
        calls.push("put");
        return records.put(item, condition);
      },
    };
    const budget = open(undefined, stepCall(), counting);
    for (const id of ["a", "b", "c"]) {
      await budget.reserve(id, amounts({ cost: 10 }));
      await budget.settle(id, amounts({ cost: 10 }));
    }
    expect(calls).toEqual(["get", ...Array(6).fill("put")]);
  });

  it("decides nothing on what it remembers", async () => {
    const [mine, other] = [open(), open()];
    await mine.reserve("a", amounts({ cost: 100 }));
    await other.settle("a", amounts({ cost: 10 }));
    await mine.reserve("b", amounts({ cost: 90 }));
    await other.reserve("b", amounts({ cost: 90 }));
    await mine.settle("a", amounts({ cost: 10 }));
    expect((await mine.spent()).run).toMatchObject({ spent: { cost: 10 }, reserved: { cost: 90 } });
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    "refuses amounts that are none: %d",
    async (cost) => {
      await expect(open().reserve("a", amounts({ cost }))).rejects.toThrow(RangeError);
      await expect(open().settle("a", amounts({ cost }))).rejects.toThrow(RangeError);
    },
  );

  it.each([
    [0, "0.00 USD"],
    [1, "0.000001 USD"],
    [125, "0.000125 USD"],
    [10_000, "0.01 USD"],
    [500_000, "0.50 USD"],
    [12_345_678, "12.345678 USD"],
    [5_000_000_000, "5000.00 USD"],
  ])("writes %d millionths as %s", (millionths, text) => {
    expect(costText(millionths, "USD")).toBe(text);
  });
});

type Action =
  | { readonly kind: "reserve"; readonly id: string; readonly step: string; readonly cost: number }
  | { readonly kind: "settle"; readonly id: string; readonly part: number };

const ID = fc.constantFrom("a", "b", "c", "d", "__proto__", "constructor");
const ACTION: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant("reserve" as const),
    id: ID,
    step: fc.constantFrom("one", "two", "constructor"),
    cost: fc.nat(60),
  }),
  fc.record({ kind: fc.constant("settle" as const), id: ID, part: fc.nat(100) }),
);

describe("whatever is reserved and settled, in any order", () => {
  it("stays below the caps, and adds up to what the calls have taken", async () => {
    const document = budgetOf({ cost: 200 }, { cost: 120 });
    await fc.assert(
      fc.asyncProperty(fc.array(ACTION, { maxLength: 40 }), async (actions) => {
        const records = memoryRecords();
        const open = (step: string) =>
          openBudget(document, stepCall(step), { records, clock: systemClock });
        const standing = new Map<string, number>();
        let taken = 0;
        for (const action of actions) {
          if (action.kind === "settle") {
            const reserved = standing.get(action.id) ?? 0;
            const cost = Math.floor((reserved * action.part) / 100);
            await open("one").settle(action.id, amounts({ cost }));
            if (standing.delete(action.id)) taken += cost;
          } else {
            const { id, step, cost } = action;
            const reserved = await open(step)
              .reserve(id, amounts({ cost }))
              .then(
                () => true,
                () => false,
              );
            if (reserved) standing.set(id, Math.max(cost, standing.get(id) ?? 0));
          }
          const { run } = await open("one").spent();
          const reserved = [...standing.values()].reduce((sum, cost) => sum + cost, 0);
          expect(run.spent.cost).toBe(taken);
          expect(run.reserved.cost).toBe(reserved);
          expect(taken + reserved).toBeLessThanOrEqual(200);
          for (const step of ["one", "two", "constructor"]) {
            const own = (await open(step).spent()).step;
            expect(own.spent.cost + own.reserved.cost).toBeLessThanOrEqual(120);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
