/** What Converse answers → `ModelReply`. */
import type {
  ContentBlock as BedrockContent,
  ConverseCommandOutput,
  GuardrailAssessment,
} from "@aws-sdk/client-bedrock-runtime";
import { StepError } from "../runtime/errors.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import {
  type ContentBlock,
  type ModelReply,
  type ModelRequest,
  STOP_REASONS,
  type StopReason,
} from "../runtime/model/model.ts";
import { estimatedUsage } from "../runtime/model/usage.ts";

/** Throws `Model.Unavailable` if there is no answer in it. */
export function modelReply(
  { output, stopReason, usage, metrics, trace }: ConverseCommandOutput,
  request: ModelRequest,
): ModelReply {
  const message = output && "message" in output ? output.message : undefined;
  if (!isStopReason(stopReason)) {
    throw new StepError(
      "Model.Unavailable",
      `Bedrock's answer cannot be used: its stop reason is ${JSON.stringify(stopReason) ?? "missing"}.`,
    );
  }
  const content = (message?.content ?? []).flatMap(contentBlock);
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = usage ?? {};
  const guardrail = policiesOf(trace?.guardrail);
  return {
    content,
    stopReason,
    usage:
      inputTokens === undefined || outputTokens === undefined
        ? estimatedUsage(request, content)
        : {
            inputTokens,
            outputTokens,
            cacheReadInputTokens: cacheReadInputTokens ?? 0,
            cacheWriteInputTokens: cacheWriteInputTokens ?? 0,
          },
    latencyMs: metrics?.latencyMs ?? 0,
    ...(guardrail.length > 0 && { guardrail }),
    answeredBy: { adapter: "bedrock", model: request.modelId },
  };
}

function isStopReason(reason: string | undefined): reason is StopReason {
  return (STOP_REASONS as readonly (string | undefined)[]).includes(reason);
}

/** Blocks that a text model does not write (images, documents) are left out. */
function contentBlock(block: BedrockContent): ContentBlock[] {
  if (block.text !== undefined) return [{ text: block.text }];
  if (block.toolUse !== undefined) {
    const { toolUseId = "", name = "", input } = block.toolUse;
    return [{ toolUse: { toolUseId, name, input: (input ?? {}) as Json } }];
  }
  if (block.citationsContent !== undefined) {
    const text = (block.citationsContent.content ?? []).map((part) => part.text ?? "").join("");
    return [{ text }];
  }
  if (block.reasoningContent !== undefined) {
    return [{ reasoningContent: reasoningOf(block.reasoningContent) }];
  }
  return [];
}

/** As JSON, to be journaled and carried back: bytes as base64. */
function reasoningOf(block: NonNullable<BedrockContent["reasoningContent"]>): JsonObject {
  if (block.redactedContent !== undefined) {
    return { redactedContent: Buffer.from(block.redactedContent).toString("base64") };
  }
  const { text = "", signature } = block.reasoningText ?? {};
  return { reasoningText: { text, ...(signature !== undefined && { signature }) } };
}

type GuardrailTrace = NonNullable<ConverseCommandOutput["trace"]>["guardrail"];

/** Names and actions; never what was matched. */
function policiesOf(trace: GuardrailTrace): string[] {
  const assessments = [
    ...Object.values(trace?.inputAssessment ?? {}),
    ...Object.values(trace?.outputAssessments ?? {}).flat(),
  ];
  return [...new Set(assessments.flatMap(actionsOf))];
}

interface Rule {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly action?: string | undefined;
}

function actionsOf(assessment: GuardrailAssessment): string[] {
  const { topicPolicy, contentPolicy, wordPolicy, contextualGroundingPolicy } = assessment;
  const { sensitiveInformationPolicy: sensitive } = assessment;
  const words = wordPolicy?.customWords?.map(({ action }) => ({ name: "customWords", action }));
  const rules: [string, readonly Rule[] | undefined][] = [
    ["topicPolicy", topicPolicy?.topics],
    ["contentPolicy", contentPolicy?.filters],
    ["wordPolicy", words],
    ["wordPolicy", wordPolicy?.managedWordLists],
    ["sensitiveInformationPolicy", sensitive?.piiEntities],
    ["sensitiveInformationPolicy", sensitive?.regexes],
    ["contextualGroundingPolicy", contextualGroundingPolicy?.filters],
  ];
  return rules.flatMap(([policy, found = []]) =>
    found
      .filter(({ action }) => action !== undefined && action !== "NONE")
      .map(({ name, type, action }) => `${policy}/${name ?? type ?? "rule"}: ${action}`),
  );
}
