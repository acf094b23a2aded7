/**
 * What is told of a call of a model: who answered, tokens, cost; never content. Names of fields and
 * metrics are those of OpenTelemetry's conventions for generative AI.
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/
 */

import type { Logger, Metrics } from "../context.ts";
import type { JsonObject } from "../json.ts";
import { NO_CURRENCY } from "./cost.ts";
import type { ModelReply } from "./model.ts";

export interface ModelCallReport {
  readonly turn: number;
  /** Digest of the request. */
  readonly request: string;
  /** Id that was asked for; `reply.answeredBy` says who answered. */
  readonly modelId: string;
  readonly reply: Pick<ModelReply, "stopReason" | "usage" | "latencyMs"> & {
    readonly answeredBy: { readonly adapter: string; readonly model: string };
  };
  /** Millionths. */
  readonly cost: number;
  readonly currency: string;
  /** `journal`: recorded by an earlier invocation, and spent then. */
  readonly source: "model" | "journal" | "cache";
}

/** `gen_ai.provider.name`, where the convention knows one. */
const PROVIDERS: Readonly<Record<string, string>> = { bedrock: "aws.bedrock", openai: "openai" };

/** The attributes of a span or of a log line. */
export function modelAttributes(report: ModelCallReport): JsonObject {
  const { reply, request, modelId, cost, currency, source, turn } = report;
  const { usage, answeredBy, stopReason, latencyMs } = reply;
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": PROVIDERS[answeredBy.adapter] ?? answeredBy.adapter,
    "gen_ai.request.model": modelId,
    "gen_ai.response.model": answeredBy.model,
    "gen_ai.response.finish_reasons": [stopReason],
    "gen_ai.usage.input_tokens": usage.inputTokens,
    "gen_ai.usage.output_tokens": usage.outputTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cacheReadInputTokens,
    "gen_ai.usage.cache_creation.input_tokens": usage.cacheWriteInputTokens,
    ...(usage.estimated === true && { "espalier.model.usage_estimated": true }),
    "espalier.model.adapter": answeredBy.adapter,
    "espalier.model.request": request,
    "espalier.model.turn": turn,
    "espalier.model.latency_ms": latencyMs,
    "espalier.model.source": source,
    ...(currency !== NO_CURRENCY && { "espalier.cost": cost, "espalier.cost.currency": currency }),
  };
}

/** One log line; metrics only for what has been spent now. */
export function logModelCall(
  report: ModelCallReport,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): void {
  logger.info(SAID[report.source], modelAttributes(report));
  if (report.source === "model") addModelMetrics(report.reply, report.cost, metrics);
}

/** What one answer has taken. `cost`: millionths. */
export function addModelMetrics(
  { usage, latencyMs }: Pick<ModelReply, "usage" | "latencyMs">,
  cost: number,
  metrics: Metrics,
): void {
  metrics.add("gen_ai.usage.input_tokens", usage.inputTokens);
  metrics.add("gen_ai.usage.output_tokens", usage.outputTokens);
  metrics.add("gen_ai.usage.cache_read.input_tokens", usage.cacheReadInputTokens);
  metrics.add("gen_ai.usage.cache_creation.input_tokens", usage.cacheWriteInputTokens);
  metrics.add("gen_ai.client.operation.duration", latencyMs / 1000, "Seconds");
  metrics.add("espalier.cost", cost, "None");
}

const SAID = {
  model: "A model has answered",
  journal: "Took the recorded answer of a model",
  cache: "Took a model's answer from the cache",
} as const;
