/** Amounts of money, as people write them in manifests: `5 USD`, `0.50 EUR`. */
import { z } from "zod";

export interface Money {
  /** Of the currency, at most four decimals. */
  readonly amount: number;
  /** ISO 4217: three capital letters. */
  readonly currency: string;
}

export const Cost = z
  .string()
  .regex(/^[0-9]+(\.[0-9]{1,4})? [A-Z]{3}$/, "Write an amount and a currency, such as 5 USD.")
  .describe("An amount and a currency: 5 USD.")
  .transform((text): Money => {
    const [amount = "0", currency = ""] = text.split(" ");
    return { amount: Number(amount), currency };
  });

/** What calls of models may use together; each part is optional. */
export const UsageLimits = z.strictObject({
  cost: Cost.optional(),
  inputTokens: z.int().min(1).optional(),
  outputTokens: z.int().min(1).optional(),
});
export type UsageLimits = z.infer<typeof UsageLimits>;

/** Millionths of the currency, which is what budgets count in. */
export function millionths({ amount }: Money): number {
  return Math.round(amount * 1_000_000);
}
