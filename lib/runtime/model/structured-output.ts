/**
 * Structured answers: how a contract is put to a model, and read from its reply. The contract itself
 * is checked on our side; what a service is sent is the part of it that services understand.
 */
import type { Json, JsonObject } from "../json.ts";
import type { ModelDocument, ModelReply, ModelRequest, ToolSpec } from "./model.ts";
import { writtenArguments } from "./tool-arguments.ts";

type Way = ModelDocument["structuredOutput"];

/** Name of the tool by which an answer is given where text cannot be structured. */
export const ANSWER_TOOL = "answer";

/** What a request says of the answer's contract. */
export function structuredRequest(
  schema: JsonObject,
  way: Way,
): Pick<ModelRequest, "outputConfig" | "toolConfig"> {
  const asked = asObject(schema);
  if (way === "textFormat") {
    return {
      outputConfig: { textFormat: { type: "json_schema", schema: asked, name: ANSWER_TOOL } },
    };
  }
  const toolSpec: ToolSpec["toolSpec"] = {
    name: ANSWER_TOOL,
    description: "Gives the answer. Call it exactly once.",
    inputSchema: { json: asked },
    ...(way === "strictTool" && { strict: true }),
  };
  return {
    toolConfig: { tools: [{ toolSpec }], toolChoice: { tool: { name: ANSWER_TOOL } } },
  };
}

export type Answer =
  | { readonly value: Json; readonly toolUseId?: string }
  /** For the model: why there is no answer in its reply. */
  | { readonly problem: string; readonly toolUseId?: string };

/** The answer in a reply, not yet checked against the contract. */
export function answerIn({ content }: ModelReply, schema: JsonObject, way: Way): Answer {
  const unwrap = (value: Json): Answer => {
    if (isObjectSchema(schema)) return { value };
    return isMapping(value) && Object.hasOwn(value, WRAPPED)
      ? { value: value[WRAPPED] ?? null }
      : { problem: `(all): an object with the key "${WRAPPED}" is expected` };
  };
  if (way !== "textFormat") {
    const uses = content.flatMap((block) => ("toolUse" in block ? [block.toolUse] : []));
    const used = uses.find(({ name }) => name === ANSWER_TOOL);
    // Small models put the answer into words although a tool is asked for.
    if (!used) return fromText(content, unwrap);
    const { toolUseId } = used;
    if (typeof used.input === "string" && isObjectSchema(schema)) {
      return { problem: "(all): the arguments are no JSON", toolUseId };
    }
    return { ...unwrap(used.input), toolUseId };
  }
  return fromText(content, unwrap);
}

function fromText(content: ModelReply["content"], unwrap: (value: Json) => Answer): Answer {
  const text = textOf(content);
  if (text.trim() === "") return { problem: "(all): there is no answer" };
  // A model without structured output often puts JSON into a code block.
  const inner = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/.exec(text)?.[1] ?? text;
  const value = writtenArguments(inner);
  // A text that is JSON itself comes with its quotes.
  if (value === inner) return { problem: "(all): the answer is no JSON" };
  return unwrap(value);
}

/** All text of a reply, in order. */
export function textOf(content: ModelReply["content"]): string {
  return content.flatMap((block) => ("text" in block ? [block.text] : [])).join("");
}

const WRAPPED = "value";

function isObjectSchema(schema: JsonObject): boolean {
  return schema.type === "object";
}

/** Services take objects only: any other contract becomes the key `value` of one. */
export function asObject(schema: JsonObject): JsonObject {
  if (isObjectSchema(schema)) return schema;
  const { $defs, $schema: _draft, ...rest } = schema;
  return {
    type: "object",
    properties: { [WRAPPED]: moved(rest) },
    required: [WRAPPED],
    additionalProperties: false,
    ...($defs !== undefined && { $defs: moved($defs) }),
  };
}

/** `$defs` stay at the root; every other reference finds its target one level deeper. */
function moved(value: Json): Json {
  if (Array.isArray(value)) return value.map(moved);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === "$ref" && typeof member === "string" ? movedReference(member) : moved(member),
    ]),
  );
}

function movedReference(reference: string): string {
  const isInside =
    reference === "#" || (reference.startsWith("#/") && !reference.startsWith("#/$defs/"));
  return isInside ? `#/properties/${WRAPPED}${reference.slice(1)}` : reference;
}

function isMapping(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
