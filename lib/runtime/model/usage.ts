import type { ContentBlock, ModelRequest, Usage } from "./model.ts";

const BYTES_PER_TOKEN = 4;

/** A quarter of the bytes of what was sent and of what was answered, as JSON: for whoever counts no tokens. */
export function estimatedUsage(
  { system, messages, toolConfig, outputConfig }: ModelRequest,
  content: readonly ContentBlock[],
): Usage {
  return {
    inputTokens: tokensOf({ system, messages, toolConfig, outputConfig }),
    outputTokens: content.length === 0 ? 0 : tokensOf(content),
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    estimated: true,
  };
}

function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / BYTES_PER_TOKEN);
}
