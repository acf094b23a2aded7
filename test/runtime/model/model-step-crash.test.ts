import { describe, expect, it } from "vitest";
import type { BudgetDocument } from "../../../lib/runtime/agent/agent-document.ts";
import { openBudget } from "../../../lib/runtime/budget/budget.ts";
import { callOf } from "./model-world.ts";
import { BAD, FREE, GOOD, stepWorld, TICKET } from "./step-world.ts";

const budget: BudgetDocument = {
  ...FREE,
  run: { cost: 1_000_000, inputTokens: null, outputTokens: null },
};
const DOCUMENT = { budget, cache: 60 };

class Died extends Error {}

/** Every call of a port, counted; at one of them, before or after it, the process dies. */
function crashing(at: number, side: "before" | "after") {
  let calls = 0;
  let dead = false;
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          if (dead) throw new Died();
          const number = calls++;
          if (number === at && side === "before") {
            dead = true;
            throw new Died();
          }
          const result: unknown = await member.apply(target, args);
          if (number === at) {
            dead = true;
            throw new Died();
          }
          return result;
        };
      },
    });
  return {
    wrap,
    revive: () => {
      dead = false;
    },
    get calls() {
      return calls;
    },
  };
}

/** Invalid first, repaired then: two turns. */
const world = (at: number, side: "before" | "after" = "before") => {
  const crash = crashing(at, side);
  const made = stepWorld((_request, { messages }) => (messages.length === 1 ? BAD : GOOD), {
    wrap: crash.wrap,
  });
  return { ...made, crash };
};

describe("a model step that dies", async () => {
  const whole = world(-1);
  await whole.run(DOCUMENT);
  const points = whole.crash.calls;
  const cost = whole.reports.reduce((sum, each) => sum + each.cost, 0);

  it("has many points to die at", () => {
    expect(points).toBeGreaterThan(10);
    expect(whole.requests).toHaveLength(2);
  });

  it.each(
    Array.from(
      { length: points },
      (_, at) =>
        [
          [at, "before"],
          [at, "after"],
        ] as const,
    ).flat(),
  )("at port call %i (%s it) gives the same answer later, and spends once", async (at, side) => {
    const { run, requests, records, crash, clock } = world(at, side);
    await expect(run(DOCUMENT)).rejects.toBeInstanceOf(Died);
    crash.revive();
    expect(await run(DOCUMENT)).toEqual({ label: "billing" });
    // Only a call whose answer was never recorded is made again.
    expect(requests.length).toBeLessThanOrEqual(3);
    const { spent, reserved } = (
      await openBudget(budget, callOf(TICKET), { records, clock }).spent()
    ).run;
    expect(spent.cost).toBe(cost);
    expect(reserved.cost).toBe(0);
  });
});
