/** `ModelRequest` → what the SDK sends to Converse. */
import type {
  ContentBlock as BedrockContent,
  Message as BedrockMessage,
  CachePointBlock,
  ConverseCommandInput,
  SystemContentBlock,
  Tool,
  ToolResultContentBlock,
} from "@aws-sdk/client-bedrock-runtime";
import type { Json, JsonObject } from "../runtime/json.ts";
import type {
  CachePoint,
  ContentBlock,
  ConverseOptions,
  Message,
  ModelRequest,
  ToolResult,
} from "../runtime/model/model.ts";
import { sentSchema } from "../runtime/model/sent-schema.ts";
import { sentArguments } from "../runtime/model/tool-arguments.ts";

/** A text that says that there is none: Bedrock refuses blank ones. */
const NOTHING = "(nothing)";

export function converseInput(
  request: ModelRequest,
  metadata: ConverseOptions["metadata"],
): ConverseCommandInput {
  const { modelId, system, inferenceConfig, toolConfig, outputConfig } = request;
  const { guardrailConfig, additionalModelRequestFields: fields } = request;
  const { stopSequences, ...inference } = inferenceConfig;
  const format = outputConfig?.textFormat;
  return {
    modelId,
    ...(system.length > 0 && { system: system.map(systemBlock) }),
    messages: request.messages.map(message),
    inferenceConfig: { ...inference, ...(stopSequences && { stopSequences: [...stopSequences] }) },
    ...(toolConfig && {
      toolConfig: {
        tools: toolConfig.tools.map(tool),
        ...(toolConfig.toolChoice && { toolChoice: toolConfig.toolChoice }),
      },
    }),
    ...(format && {
      outputConfig: {
        textFormat: {
          type: format.type,
          structure: {
            jsonSchema: {
              name: format.name,
              schema: JSON.stringify(sentSchema(format.schema, "grammar")),
            },
          },
        },
      },
    }),
    // The trace names the policies that intervened; what they matched is dropped with the reply.
    ...(guardrailConfig && { guardrailConfig: { ...guardrailConfig, trace: "enabled" } }),
    ...(fields && { additionalModelRequestFields: fields }),
    ...(metadata && { requestMetadata: requestMetadata(metadata) }),
  };
}

type Block = { readonly text: string } | CachePoint;

function systemBlock(block: Block): SystemContentBlock {
  return "text" in block ? { text: block.text } : { cachePoint: cachePoint(block) };
}

function cachePoint({ cachePoint: { type, ttl } }: CachePoint): CachePointBlock {
  return { type, ...(ttl !== undefined && { ttl }) };
}

function message({ role, content }: Message): BedrockMessage {
  const blocks = content
    .filter((block) => !("text" in block) || block.text.trim() !== "")
    .map(contentBlock);
  return { role, content: blocks.length > 0 ? blocks : [{ text: NOTHING }] };
}

function contentBlock(block: ContentBlock): BedrockContent {
  if ("text" in block) return { text: block.text };
  if ("cachePoint" in block) return { cachePoint: cachePoint(block) };
  if ("toolResult" in block) return { toolResult: toolResult(block.toolResult) };
  if ("toolUse" in block) {
    const { toolUseId, name, input } = block.toolUse;
    return { toolUse: { toolUseId, name, input: sentArguments(input) } };
  }
  return { reasoningContent: reasoning(block.reasoningContent) };
}

function toolResult({ toolUseId, status, content }: ToolResult) {
  const blocks = content.map((part): ToolResultContentBlock => {
    // Only objects go as JSON: Converse refuses lists and scalars.
    if ("json" in part && isMapping(part.json)) return { json: part.json };
    const text = "text" in part ? part.text : JSON.stringify(part.json);
    return { text: text.trim() === "" ? NOTHING : text };
  });
  return { toolUseId, status, content: blocks.length > 0 ? blocks : [{ text: NOTHING }] };
}

type Reasoning = NonNullable<BedrockContent["reasoningContent"]>;

/** As `reasoningOf` wrote it: bytes as base64. */
function reasoning({ reasoningText, redactedContent }: JsonObject): Reasoning {
  if (typeof redactedContent === "string") {
    return { redactedContent: Buffer.from(redactedContent, "base64") };
  }
  const { text, signature } = isMapping(reasoningText ?? null) ? (reasoningText as JsonObject) : {};
  return {
    reasoningText: {
      text: typeof text === "string" ? text : "",
      ...(typeof signature === "string" && { signature }),
    },
  };
}

function tool({ toolSpec }: NonNullable<ModelRequest["toolConfig"]>["tools"][number]): Tool {
  const { name, description, inputSchema, strict } = toolSpec;
  return {
    toolSpec: {
      name,
      description,
      inputSchema: { json: sentSchema(inputSchema.json, strict ? "grammar" : "plain") },
      ...(strict !== undefined && { strict }),
    },
  };
}

/** At most 16 pairs of up to 256 characters, of some signs only; what does not fit is left out. */
function requestMetadata(metadata: NonNullable<ConverseOptions["metadata"]>) {
  const fits = (text: string) => /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/.test(text);
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([key, value]) => fits(key) && fits(value))
      .slice(0, 16),
  );
}

function isMapping(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
