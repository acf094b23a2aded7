/** Converse's shapes → the body of a Chat Completions request. */
import type { Json, JsonObject } from "../json.ts";
import type { ContentBlock, Message, ModelRequest, SystemBlock, ToolResult } from "./model.ts";
import { isStrictSchema, sentSchema } from "./sent-schema.ts";
import { sentArguments } from "./tool-arguments.ts";

/**
 * The body. Cache points have no word there (such servers cache prefixes on their own), and guardrails
 * none either. `additionalModelRequestFields` win over what is written here.
 */
export function chatRequest(request: ModelRequest, isOpenAi: boolean): JsonObject {
  const { inferenceConfig, toolConfig, outputConfig, additionalModelRequestFields = {} } = request;
  const { maxTokens, temperature, topP, stopSequences } = inferenceConfig;
  const limit = isOpenAi ? "max_completion_tokens" : "max_tokens";
  return {
    model: request.modelId,
    messages: [...systemMessages(request.system), ...request.messages.flatMap(chatMessages)],
    [limit]: maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stopSequences !== undefined && { stop: [...stopSequences] }),
    ...(toolConfig && { tools: tools(toolConfig), ...toolChoice(toolConfig.toolChoice) }),
    ...(outputConfig && { response_format: responseFormat(outputConfig.textFormat) }),
    ...additionalModelRequestFields,
    stream: false,
  };
}

function systemMessages(system: readonly SystemBlock[]): JsonObject[] {
  const content = system.flatMap((block) => ("text" in block ? [block.text] : [])).join("\n\n");
  return content === "" ? [] : [{ role: "system", content }];
}

function chatMessages({ role, content }: Message): JsonObject[] {
  const text = content.flatMap((block) => ("text" in block ? [block.text] : [])).join("\n\n");
  return role === "assistant" ? [assistant(text, content)] : user(text, content);
}

function assistant(text: string, content: readonly ContentBlock[]): JsonObject {
  const calls = content.flatMap((block) => ("toolUse" in block ? [block.toolUse] : []));
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ toolUseId, name, input }) => ({
        id: toolUseId,
        type: "function",
        function: { name, arguments: JSON.stringify(sentArguments(input)) },
      })),
    }),
  };
}

/** Results first: servers want them right behind the calls. */
function user(text: string, content: readonly ContentBlock[]): JsonObject[] {
  const results = content.flatMap((block) =>
    "toolResult" in block ? [toolMessage(block.toolResult)] : [],
  );
  return text === "" && results.length > 0
    ? results
    : [...results, { role: "user", content: text }];
}

function toolMessage({ toolUseId, status, content }: ToolResult): JsonObject {
  const text = content
    .map((part) => ("text" in part ? part.text : JSON.stringify(part.json)))
    .join("\n");
  // There is no field that says so.
  const prefix = status === "error" ? "Error: " : "";
  return { role: "tool", tool_call_id: toolUseId, content: `${prefix}${text}` };
}

function tools({ tools: offered }: NonNullable<ModelRequest["toolConfig"]>): Json[] {
  return offered.map(({ toolSpec: { name, description, inputSchema, strict } }) => {
    const parameters = sentSchema(inputSchema.json, "plain");
    const isStrict = strict === true && isStrictSchema(parameters);
    return {
      type: "function",
      function: { name, description, parameters, ...(isStrict && { strict: true }) },
    };
  });
}

type ToolChoice = NonNullable<ModelRequest["toolConfig"]>["toolChoice"];

function toolChoice(choice: ToolChoice): JsonObject {
  if (choice === undefined) return {};
  if ("auto" in choice) return { tool_choice: "auto" };
  if ("any" in choice) return { tool_choice: "required" };
  return { tool_choice: { type: "function", function: { name: choice.tool.name } } };
}

function responseFormat({
  schema,
  name,
}: NonNullable<ModelRequest["outputConfig"]>["textFormat"]): JsonObject {
  const sent = sentSchema(schema, "plain");
  return {
    type: "json_schema",
    // OpenAI refuses `strict` for schemas with optional properties; others do not look at it.
    json_schema: { name, schema: sent, strict: isStrictSchema(sent) },
  };
}
