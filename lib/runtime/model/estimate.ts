/** What a call may take at most, before it is made: what budgets reserve. */
import type { Amounts } from "../budget/amounts.ts";
import { costOf } from "./cost.ts";
import type { ModelDocument, ModelRequest } from "./model.ts";

/**
 * Bytes of a request for each token. Tokenizers of today need about 4 bytes of English a token and 3
 * of code; what is settled afterwards is what the service has counted.
 */
const BYTES_PER_TOKEN = 3;

/** Tokens of all that a model reads: texts, tools and schemas, as JSON. */
export function estimateInputTokens(request: ModelRequest): number {
  const { system, messages, toolConfig, outputConfig } = request;
  const read = JSON.stringify({ system, messages, toolConfig, outputConfig });
  return Math.ceil(Buffer.byteLength(read) / BYTES_PER_TOKEN);
}

/** The whole prompt at its dearest (nothing cached, or all of it written to the cache), and `maxTokens`. */
export function reservationFor(request: ModelRequest, prices: ModelDocument["prices"]): Amounts {
  const inputTokens = estimateInputTokens(request);
  const outputTokens = request.inferenceConfig.maxTokens;
  const input = Math.max(prices.input, prices.cacheWrite);
  const usage = { inputTokens, outputTokens, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 };
  return { cost: costOf(usage, { ...prices, input }), inputTokens, outputTokens };
}
