/** What tests of models have in common. */
import type { StepCall } from "../../../lib/runtime/call.ts";
import type { Logger } from "../../../lib/runtime/context.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import type { ModelDocument, ModelRequest } from "../../../lib/runtime/model/model.ts";

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function callOf(input: Json, step: Partial<StepCall["step"]> = {}): StepCall {
  return {
    run: {
      id: "run-1",
      workflow: "sorting",
      version: "1.0.0",
      digest: `sha256:${"0".repeat(64)}`,
      environment: "local",
      customer: null,
      principal: "ada@example.com",
      startedAt: "2026-11-21T10:00:00.000Z",
    },
    step: { id: "step", iteration: "", attempt: 0, ...step },
    input,
    config: {},
  };
}

/** 3 USD a million tokens in, 15 out. */
export const READER: ModelDocument = {
  component: "reader",
  version: "1.0.0",
  ids: { bedrock: "eu.example.reader-v1:0", openai: "reader-small" },
  maxOutputTokens: 1000,
  contextTokens: 100_000,
  structuredOutput: "textFormat",
  prices: {
    currency: "USD",
    input: 3_000_000,
    output: 15_000_000,
    cacheRead: 300_000,
    cacheWrite: 3_750_000,
  },
  clearance: ["public", "internal"],
  timeout: 30,
};

export function requestOf(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    modelId: "reader-small",
    system: [],
    messages: [{ role: "user", content: [{ text }] }],
    inferenceConfig: { maxTokens: 100 },
    ...more,
  };
}
