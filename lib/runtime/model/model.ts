/**
 * The `Model` port: one call of a language model, in the shapes of Bedrock's Converse as JSON. Each
 * adapter (Bedrock, OpenAI-compatible, recording, stand-in) translates from and to these.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
import type { Json, JsonObject } from "../json.ts";

export interface Model {
  /**
   * One attempt: an adapter does not retry by itself (the state machine does, and caps count calls).
   * Throws `StepError` `Model.Throttled` (try again later), `Model.Unavailable` (timeout, 5xx, broken
   * connection), `Model.RequestInvalid` (the service refuses the request), `Model.ContextExceeded`,
   * `Model.NotRecorded`, or the signal's reason.
   */
  converse(request: ModelRequest, options: ConverseOptions): Promise<ModelReply>;
}

/** What goes with a request and is no part of it: its digest does not depend on these. */
export interface ConverseOptions {
  readonly signal: AbortSignal;
  /** For the service's own logs (Bedrock: `requestMetadata`): ids of run and step, never content. */
  readonly metadata?: { readonly [key: string]: string };
  /** What the prompt was rendered from: only a stand-in looks at it. */
  readonly given?: Json;
}

/** What is sent, whole: its digest names the call in recordings, caches and replays. */
export interface ModelRequest {
  readonly modelId: string;
  readonly system: readonly SystemBlock[];
  readonly messages: readonly Message[];
  readonly inferenceConfig: {
    readonly maxTokens: number;
    readonly temperature?: number;
    readonly topP?: number;
    readonly stopSequences?: readonly string[];
  };
  readonly toolConfig?: {
    readonly tools: readonly ToolSpec[];
    readonly toolChoice?:
      | { readonly auto: JsonObject }
      | { readonly any: JsonObject }
      | {
          readonly tool: { readonly name: string };
        };
  };
  /** Structured output: the answer is JSON of this schema. */
  readonly outputConfig?: {
    readonly textFormat: {
      readonly type: "json_schema";
      /** JSON Schema; the adapter writes it as the service wants it. */
      readonly schema: JsonObject;
      readonly name: string;
    };
  };
  readonly guardrailConfig?: {
    readonly guardrailIdentifier: string;
    readonly guardrailVersion: string;
  };
  readonly additionalModelRequestFields?: JsonObject;
}

export interface CachePoint {
  readonly cachePoint: { readonly type: "default"; readonly ttl?: "5m" | "1h" };
}

export type SystemBlock = { readonly text: string } | CachePoint;

export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly ContentBlock[];
}

export type ContentBlock =
  | { readonly text: string }
  | CachePoint
  | { readonly toolUse: ToolUse }
  | { readonly toolResult: ToolResult }
  /** Carried back unchanged, as models with reasoning demand. */
  | { readonly reasoningContent: JsonObject };

export interface ToolUse {
  readonly toolUseId: string;
  readonly name: string;
  /** As the model wrote it; a text that is no JSON stands here as that text. */
  readonly input: Json;
}

export interface ToolResult {
  readonly toolUseId: string;
  readonly status: "success" | "error";
  readonly content: readonly ({ readonly text: string } | { readonly json: Json })[];
}

export interface ToolSpec {
  readonly toolSpec: {
    readonly name: string;
    readonly description: string;
    readonly inputSchema: { readonly json: JsonObject };
    readonly strict?: boolean;
  };
}

export const STOP_REASONS = [
  "content_filtered",
  "end_turn",
  "guardrail_intervened",
  "malformed_model_output",
  "malformed_tool_use",
  "max_tokens",
  "model_context_window_exceeded",
  "stop_sequence",
  "tool_use",
] as const;
export type StopReason = (typeof STOP_REASONS)[number];

export interface Usage {
  /** Without those that were read from, or written to, the prompt cache. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadInputTokens: number;
  readonly cacheWriteInputTokens: number;
  /** The service did not count: a quarter of the bytes. */
  readonly estimated?: true;
}

export interface ModelReply {
  readonly content: readonly ContentBlock[];
  readonly stopReason: StopReason;
  readonly usage: Usage;
  readonly latencyMs: number;
  /** Policies of a guardrail that intervened, `topicPolicy/Finance: BLOCKED`; never what they found. */
  readonly guardrail?: readonly string[];
  /** Who answered: recorded in every run, and shown; a stand-in is named as one. */
  readonly answeredBy: {
    readonly adapter: "bedrock" | "openai" | "recording" | "stand-in" | "cache";
    readonly model: string;
  };
}

/** Which adapter answers, and how it is reached: from the environment, never from a bundle. */
export type ModelSettings =
  | { readonly adapter: "stand-in" }
  | { readonly adapter: "bedrock"; readonly region?: string; readonly endpoint?: string }
  | {
      readonly adapter: "openai";
      /** Base URL, up to `/v1`. */
      readonly endpoint: string;
      /** Where the key is: a variable of the process, or a secret in Secrets Manager. */
      readonly apiKey?: { readonly env: string } | { readonly secret: string };
    }
  | {
      readonly adapter: "recording";
      /** Folder. */
      readonly recordings: string;
      /** Asked where there is no recording yet; absent: such a call is refused. */
      readonly from?: ModelSettings;
    };

/** A model component, resolved, as functions get it. */
export interface ModelDocument {
  /** Name and version of the component. */
  readonly component: string;
  readonly version: string;
  /** Id by adapter; the stand-in needs none. */
  readonly ids: { readonly bedrock?: string; readonly openai?: string };
  readonly maxOutputTokens: number;
  readonly contextTokens: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly structuredOutput: "textFormat" | "strictTool" | "tool";
  /** Millionths of the currency for a million tokens: 3 USD per million tokens is 3_000_000. */
  readonly prices: {
    readonly currency: string;
    readonly input: number;
    readonly output: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
  };
  /** Data classes that it may be shown; fields of other classes are removed. */
  readonly clearance: readonly string[];
  readonly guardrail?: { readonly id: string; readonly version: string };
  /** Seconds that one call may take. */
  readonly timeout: number;
  readonly parameters?: JsonObject;
}
