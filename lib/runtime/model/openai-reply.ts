/** The body of a Chat Completions answer → Converse's shapes. */
import { StepError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { ContentBlock, ModelReply, ModelRequest, StopReason, Usage } from "./model.ts";
import { writtenArguments } from "./tool-arguments.ts";
import { estimatedUsage } from "./usage.ts";

/** What of an answer is read; servers leave out much of it, and say null for the rest. */
interface Chat {
  readonly model?: unknown;
  readonly choices?: readonly (Choice | null)[] | null;
  readonly usage?: {
    readonly prompt_tokens?: unknown;
    readonly completion_tokens?: unknown;
    readonly prompt_tokens_details?: { readonly cached_tokens?: unknown } | null;
  } | null;
}
interface Choice {
  readonly finish_reason?: unknown;
  readonly message?: {
    readonly content?: unknown;
    readonly refusal?: unknown;
    readonly tool_calls?: readonly (ToolCall | null)[] | null;
  } | null;
}
interface ToolCall {
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
}

/** Throws `Model.Unavailable` if there is no answer in it. */
export function chatReply(body: unknown, request: ModelRequest): Omit<ModelReply, "latencyMs"> {
  const { choices, usage, model } = (isMapping(body) ? body : {}) as Chat;
  const choice = listOf(choices)[0];
  const message = choice?.message;
  if (!choice || !message) throw broken("it has no message");
  const refusal = typeof message.refusal === "string" ? message.refusal : "";
  const calls = listOf(message.tool_calls).map((call, index) => toolUse(call, request, index));
  const text = refusal === "" ? textOf(message.content) : refusal;
  const content: ContentBlock[] = [...(text === "" ? [] : [{ text }]), ...calls];
  return {
    content,
    stopReason: refusal === "" ? stopReason(choice, calls.length > 0) : "content_filtered",
    usage: usageOf(usage) ?? estimatedUsage(request, content),
    answeredBy: {
      adapter: "openai",
      model: typeof model === "string" && model !== "" ? model : request.modelId,
    },
  };
}

/** A text, or (some gateways) a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => (isMapping(part) && typeof part.text === "string" ? part.text : ""))
    .join("");
}

/** Ids tell calls apart in the journal; a server that has none leaves it to us. */
function toolUse(call: ToolCall | null, { messages }: ModelRequest, index: number): ContentBlock {
  const { id, function: called } = call ?? {};
  const written = called?.arguments;
  const input: Json =
    typeof written === "string" ? writtenArguments(written) : ((written ?? {}) as Json);
  return {
    toolUse: {
      toolUseId: typeof id === "string" && id !== "" ? id : `call_${messages.length}_${index}`,
      name: typeof called?.name === "string" ? called.name : "",
      input,
    },
  };
}

const STOP: Readonly<Record<string, StopReason>> = {
  stop: "end_turn",
  eos: "end_turn",
  length: "max_tokens",
  max_tokens: "max_tokens",
  tool_calls: "tool_use",
  function_call: "tool_use",
  content_filter: "content_filtered",
  model_length: "model_context_window_exceeded",
};

/** Servers that gave up in the middle of an answer say so here, with status 200. */
const BROKEN: ReadonlySet<unknown> = new Set(["error", "abort", "insufficient_system_resource"]);

function stopReason({ finish_reason: reason }: Choice, hasCalls: boolean): StopReason {
  if (BROKEN.has(reason)) throw broken(`it ends with "${String(reason)}"`);
  const known =
    typeof reason === "string" && Object.hasOwn(STOP, reason) ? STOP[reason] : undefined;
  // Some servers stop "normally" after a call, or give no reason at all.
  if (hasCalls && (known === undefined || known === "end_turn")) return "tool_use";
  return known === undefined || (known === "tool_use" && !hasCalls) ? "end_turn" : known;
}

function usageOf(usage: Chat["usage"]): Usage | undefined {
  const { prompt_tokens: prompt, completion_tokens: completion } = usage ?? {};
  if (!isCount(prompt) || !isCount(completion)) return undefined;
  const cached = usage?.prompt_tokens_details?.cached_tokens;
  const read = isCount(cached) ? Math.min(cached, prompt) : 0;
  return {
    // There, what came from the cache is part of the prompt's tokens.
    inputTokens: prompt - read,
    outputTokens: completion,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: 0,
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function broken(what: string): StepError {
  return new StepError("Model.Unavailable", `The server's answer cannot be used: ${what}.`);
}

function listOf<T>(value: readonly T[] | null | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}

function isMapping(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
