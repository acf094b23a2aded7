import type { BudgetCaps, BudgetDocument } from "../../../lib/runtime/agent/agent-document.ts";
import type { Amounts } from "../../../lib/runtime/budget/amounts.ts";
import type { StepCall } from "../../../lib/runtime/call.ts";

export const NO_CAPS: BudgetCaps = { cost: null, inputTokens: null, outputTokens: null };

export function budgetOf(run: Partial<BudgetCaps>, step: Partial<BudgetCaps> = {}): BudgetDocument {
  return { currency: "USD", run: { ...NO_CAPS, ...run }, step: { ...NO_CAPS, ...step } };
}

export function amounts(some: Partial<Amounts>): Amounts {
  return { cost: 0, inputTokens: 0, outputTokens: 0, ...some };
}

export function stepCall(id = "investigate", run = "run-1"): Pick<StepCall, "run" | "step"> {
  return {
    run: {
      id: run,
      workflow: "license-review",
      version: "1.0.0",
      digest: `sha256:${"0".repeat(64)}`,
      environment: "local",
      customer: null,
      principal: "ci@example.com",
      startedAt: "2026-01-01T00:00:00.000Z",
    },
    step: { id, iteration: "", attempt: 0 },
  };
}
