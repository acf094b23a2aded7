import { StepError } from "../errors.ts";
import type { Excess } from "./ledger.ts";

/** `Budget.Exceeded`, with what was capped, and by how much it would have been passed. */
export function budgetExceeded(excess: Excess, step: string, currency: string): StepError {
  const { scope, measure, cap, spent, reserved, asked } = excess;
  const amount = (value: number) =>
    measure === "cost" ? costText(value, currency) : `${value} ${WORDS[measure]}`;
  const whose = scope === "run" ? "The run" : `Step "${step}"`;
  return new StepError(
    "Budget.Exceeded",
    `${whose} may spend ${amount(cap)}: ${amount(spent)} are spent, ${amount(reserved)} are reserved by ` +
      `calls under way, and this call may take ${amount(asked)}. Raise \`limits\` ` +
      `${scope === "run" ? "of the workflow" : "of the step"}, or let the step ask for less.`,
    { ...excess, step, currency },
  );
}

const WORDS = { inputTokens: "input tokens", outputTokens: "output tokens" } as const;

/** Millionths → `0.50 USD`, `0.000125 USD`: two decimals, or as many as it takes. */
export function costText(millionths: number, currency: string): string {
  const digits = String(millionths).padStart(7, "0");
  const decimals = digits.slice(-6).replace(/0{1,4}$/, "");
  return `${digits.slice(0, -6)}.${decimals} ${currency}`;
}
