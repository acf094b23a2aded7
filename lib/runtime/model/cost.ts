import type { ModelDocument, Usage } from "./model.ts";

const PER = 1_000_000;

/** ISO 4217's code for no currency: what a model without prices costs. It stands in records, and is shown to nobody. */
export const NO_CURRENCY = "XXX";

/**
 * What a call has cost, in millionths of the model's currency: whole, and rounded up once over all
 * kinds of tokens. Tokens that were read from or written to the prompt cache are not among
 * `inputTokens`.
 */
export function costOf(usage: Usage, prices: ModelDocument["prices"]): number {
  const parts = [
    [usage.inputTokens, prices.input],
    [usage.outputTokens, prices.output],
    [usage.cacheReadInputTokens, prices.cacheRead],
    [usage.cacheWriteInputTokens, prices.cacheWrite],
  ] as const;
  // Prices and tokens are whole, but their product may pass 2^53.
  const sum = parts.reduce((total, [tokens, price]) => total + BigInt(tokens) * BigInt(price), 0n);
  return Number((sum + BigInt(PER - 1)) / BigInt(PER));
}

/** All tokens that were read, from the cache or not: what caps on input tokens count. */
export function inputTokensOf(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadInputTokens + usage.cacheWriteInputTokens;
}
