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
  let text: string;
  try {
    text = JSON.stringify(value) ?? "";
  } catch {
    // Too deep, or a cycle: whoever gets such an answer does not take it.
    return 0;
  }
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}
