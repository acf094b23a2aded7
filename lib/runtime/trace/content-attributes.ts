/**
 * What models and tools have said, as attributes of spans: for environments that ask for it
 * (`traces: { content: true }`), and made of journals that are masked by data class already. What a model
 * was not cleared for is in no journal.
 * https://github.com/open-telemetry/semantic-conventions/blob/main/docs/gen-ai/gen-ai-spans.md
 */
import type { ToolEntry } from "../agent/journal-entry.ts";
import type { Json } from "../json.ts";
import type { ContentBlock } from "../model/model.ts";
import type { AttributeValue } from "./span.ts";

type Attributes = { readonly [name: string]: AttributeValue };

/** Bytes of one attribute; collectors refuse or cut what is larger. What does not fit is left to the journal. */
const MAX_BYTES = 64 * 1024;

/** What the model wrote, its calls of tools among it. */
export function answerContent(content: readonly ContentBlock[], finishReason: string): Attributes {
  const parts = content.flatMap((block): Json[] => {
    if ("text" in block) return [{ type: "text", content: block.text }];
    if (!("toolUse" in block)) return [];
    const { toolUseId: id, name, input } = block.toolUse;
    return [{ type: "tool_call", id, name, arguments: input }];
  });
  const message = { role: "assistant", parts, finish_reason: finishReason };
  return fitting({ "gen_ai.output.messages": [message] });
}

export function toolContent(input: Json | undefined, result: ToolEntry["result"]): Attributes {
  return fitting({
    ...(input !== undefined && { "gen_ai.tool.call.arguments": input }),
    "gen_ai.tool.call.result": result.status === "success" ? result.value : result.message,
  });
}

function fitting(values: { readonly [name: string]: Json }): Attributes {
  const texts = Object.entries(values).map(
    ([name, value]) => [name, JSON.stringify(value)] as const,
  );
  return Object.fromEntries(texts.filter(([, text]) => Buffer.byteLength(text) <= MAX_BYTES));
}
