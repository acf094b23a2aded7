/** What of a model's reply is taken. An adapter may be anybody's: nothing of it is trusted. */
import type { Amounts } from "../budget/amounts.ts";
import type { JsonObject } from "../json.ts";
import {
  type ContentBlock,
  type ModelReply,
  STOP_REASONS,
  type StopReason,
  type Usage,
} from "../model/model.ts";
import { boundedJson } from "./bounded-json.ts";
import type { ModelEntry } from "./journal-entry.ts";

/** Far above what the largest models of today can answer at once. */
const MAX_REPLY_BYTES = 2 * 1024 * 1024;

/** Only after these is a tool call of the reply whole, and meant. */
const COMPLETE: readonly StopReason[] = ["tool_use", "end_turn", "stop_sequence"];

export type Received = Pick<
  ModelEntry,
  "content" | "stopReason" | "guardrail" | "usage" | "latencyMs" | "answeredBy" | "refused"
>;

/**
 * Keeps texts, tool calls and reasoning; all else (results of tools, above all) is not a model's to
 * say. A reply that is too large, too deep or of another shape is taken as malformed. Usage that is
 * no count is taken as what was reserved for the call.
 */
export function receiveReply(reply: ModelReply, reserved: Amounts): Received {
  const stopReason = STOP_REASONS.find((known) => known === reply.stopReason);
  const { latencyMs, answeredBy, guardrail } = reply;
  const known = {
    usage: usageOf(reply.usage, reserved),
    latencyMs: Number.isFinite(latencyMs) ? latencyMs : 0,
    answeredBy: { adapter: answeredBy.adapter, model: String(answeredBy.model).slice(0, 200) },
    ...(Array.isArray(guardrail) && {
      guardrail: guardrail.slice(0, 20).map((policy) => String(policy).slice(0, 200)),
    }),
  };
  const bounded = boundedJson(reply.content, MAX_REPLY_BYTES);
  const problem = !bounded.ok
    ? bounded.problem
    : !Array.isArray(bounded.value)
      ? "it is no list of content blocks"
      : stopReason === undefined
        ? `its stop reason "${String(reply.stopReason).slice(0, 80)}" is unknown`
        : undefined;
  if (problem !== undefined || !bounded.ok || stopReason === undefined) {
    const refused = `The reply was not taken: ${problem}.`;
    return { ...known, content: [], stopReason: "malformed_model_output", refused };
  }
  const blocks = bounded.value as readonly unknown[];
  const kept = blocks.flatMap((block) => blockOf(block));
  const content = COMPLETE.includes(stopReason)
    ? kept
    : kept.filter((block) => !("toolUse" in block));
  const dropped = blocks.length - content.length;
  const refused =
    dropped === 0
      ? null
      : `${dropped} of ${blocks.length} parts of the reply were not taken: ` +
        "they are no text, tool call or reasoning, or the reply broke off.";
  return { ...known, content, stopReason, refused };
}

function blockOf(block: unknown): ContentBlock[] {
  if (!isObject(block)) return [];
  const { text, toolUse, reasoningContent } = block;
  if (typeof text === "string") return text.trim() === "" ? [] : [{ text }];
  if (isObject(reasoningContent)) return [{ reasoningContent }];
  if (isObject(toolUse) && typeof toolUse.name === "string") {
    const { name, input = null, toolUseId } = toolUse;
    return [{ toolUse: { toolUseId: String(toolUseId).slice(0, 200), name, input } }];
  }
  return [];
}

function usageOf(usage: Usage | undefined, { inputTokens, outputTokens }: Amounts): Usage {
  const counts = [
    usage?.inputTokens,
    usage?.outputTokens,
    usage?.cacheReadInputTokens ?? 0,
    usage?.cacheWriteInputTokens ?? 0,
  ];
  const [input, output, cacheRead, cacheWrite] = counts;
  return counts.every(isCount)
    ? {
        inputTokens: input ?? 0,
        outputTokens: output ?? 0,
        cacheReadInputTokens: cacheRead ?? 0,
        cacheWriteInputTokens: cacheWrite ?? 0,
        ...(usage?.estimated === true && { estimated: true }),
      }
    : {
        inputTokens,
        outputTokens,
        cacheReadInputTokens: 0,
        cacheWriteInputTokens: 0,
        estimated: true,
      };
}

/** No call has a billion tokens; beyond 2^53, sums would no longer be exact. */
function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 1_000_000_000;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
