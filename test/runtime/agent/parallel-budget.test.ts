import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { BudgetCaps } from "../../../lib/runtime/agent/agent-document.ts";
import { openBudget } from "../../../lib/runtime/budget/budget.ts";
import { StepError } from "../../../lib/runtime/errors.ts";
import { costOf } from "../../../lib/runtime/model/cost.ts";
import type { Model, Usage } from "../../../lib/runtime/model/model.ts";
import {
  AGENT,
  agentCall,
  enter,
  failureOf,
  memoryPorts,
  replyOf,
  scene,
  submit,
} from "./agent-scene.ts";

const AGENTS = 50;
const NOTHING: BudgetCaps = { cost: null, inputTokens: null, outputTokens: null };

/** What the service itself counts, and would write on its bill. */
interface Bill {
  cost: number;
  inputTokens: number;
  outputTokens: number;
  calls: number;
}

/** Answers in its own time, sometimes not at all, and counts. */
function billedModel(bill: Bill): Model {
  return {
    async converse(request) {
      bill.calls += 1;
      const call = bill.calls;
      await sleep(call % 7);
      if (call % 11 === 0) throw new StepError("Model.Throttled", "Slow down.");
      const bytes = Buffer.byteLength(JSON.stringify(request.messages));
      const usage: Usage = {
        inputTokens: Math.ceil(bytes / 4),
        // As much as it is allowed, at times.
        outputTokens: call % 3 === 0 ? request.inferenceConfig.maxTokens : 100,
        cacheReadInputTokens: 0,
        cacheWriteInputTokens: 0,
      };
      bill.cost += costOf(usage, AGENT.model.prices);
      bill.inputTokens += usage.inputTokens;
      bill.outputTokens += usage.outputTokens;
      const turn = request.messages.filter(({ role }) => role === "assistant").length;
      const answer =
        turn < 3 ? { calls: [["look", { at: `${turn}` }] as const] } : submit({ verdict: "good" });
      return { ...replyOf(answer), usage };
    },
  };
}

const budgets: readonly {
  readonly name: string;
  readonly run: BudgetCaps;
  readonly step: BudgetCaps;
}[] = [
  { name: "the cost of the run", run: { ...NOTHING, cost: 600_000 }, step: NOTHING },
  { name: "the output of the step", run: NOTHING, step: { ...NOTHING, outputTokens: 30_000 } },
  {
    name: "the input of both",
    run: { ...NOTHING, inputTokens: 30_000 },
    step: { ...NOTHING, inputTokens: 25_000 },
  },
];

describe("fifty agents on one budget", () => {
  it.each(budgets)(
    "never spend more than $name, by the service's own count",
    async ({ run, step }) => {
      const bill: Bill = { cost: 0, inputTokens: 0, outputTokens: 0, calls: 0 };
      const model = billedModel(bill);
      const ports = memoryPorts();
      const budget = { currency: "USD", run, step };
      const document = { budget, model: { ...AGENT.model, maxOutputTokens: 1000 } };
      const agents = Array.from({ length: AGENTS }, async (_, index) => {
        const call = { ...agentCall(), step: { id: "scout", iteration: `${index}`, attempt: 0 } };
        const at = scene({ model, document, ports, call });
        for (;;) {
          try {
            const { status } = await enter(at);
            return status;
          } catch (error) {
            // As the state machine does.
            if (error instanceof StepError && error.name === "Model.Throttled") continue;
            return error instanceof StepError ? error.name : error;
          }
        }
      });
      const ends = await Promise.all(agents);
      expect([...new Set(ends)].sort()).toEqual(["Budget.Exceeded", "done"]);
      for (const caps of [run, step]) {
        for (const measure of ["cost", "inputTokens", "outputTokens"] as const) {
          const cap = caps[measure];
          if (cap !== null) expect(bill[measure], measure).toBeLessThanOrEqual(cap);
        }
      }
      const { cost, inputTokens, outputTokens } = bill;
      const { run: counted } = await openBudget(budget, agentCall(), ports).spent();
      expect(counted).toEqual({
        spent: { cost, inputTokens, outputTokens },
        reserved: { cost: 0, inputTokens: 0, outputTokens: 0 },
      });
    },
  );

  it("may go on where the budget stopped them, once there is more", async () => {
    const bill: Bill = { cost: 0, inputTokens: 0, outputTokens: 0, calls: 0 };
    const model = billedModel(bill);
    const ports = memoryPorts();
    const withCap = (cost: number) =>
      scene({ model, ports, document: { budget: { ...AGENT.budget, run: { ...NOTHING, cost } } } });
    const stopped = await failureOf(enter(withCap(80_000)));
    expect(stopped.name).toBe("Budget.Exceeded");
    const before = bill.calls;
    expect(before).toBeGreaterThan(0);
    expect(await enter(withCap(8_000_000))).toMatchObject({ status: "done" });
    expect(bill.calls).toBe(4);
  });
});
