/** What an MCP tool returned, as JSON that a model can read. */
import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/sdk/types.js";
import { StepError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";

/** Of a tool's own words for its failure. */
const MAX_WORDS = 4000;

/**
 * The structured content where there is one; else a single text as it is; else `{ content }`, a list of
 * what came. Pictures and sounds are named with their size and left out: no model here could use them.
 * Throws `Tool.Failed` with the tool's words where it says that it failed.
 */
export function toolResultOf({ content, structuredContent, isError }: CallToolResult): Json {
  if (isError === true) {
    const words = content
      .flatMap((block) => (block.type === "text" ? [block.text] : []))
      .join("\n");
    throw new StepError("Tool.Failed", cut(words) || "The tool failed, and says nothing of why.");
  }
  if (structuredContent !== undefined) return structuredContent as JsonObject;
  const [first, ...others] = content;
  if (first?.type === "text" && others.length === 0) return first.text;
  return { content: content.map(blockOf) };
}

function blockOf(block: ContentBlock): JsonObject {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "image":
    case "audio":
      return { type: block.type, mediaType: block.mimeType, bytes: bytesOf(block.data) };
    case "resource_link":
      return { type: "resource_link", uri: block.uri, name: block.name };
    case "resource": {
      const { resource } = block;
      const { uri, mimeType } = resource;
      return {
        type: "resource",
        uri,
        ...(mimeType !== undefined && { mediaType: mimeType }),
        ...("text" in resource ? { text: resource.text } : { bytes: bytesOf(resource.blob) }),
      };
    }
    default:
      return block satisfies never;
  }
}

function bytesOf(base64: string): number {
  return Buffer.byteLength(base64, "base64");
}

function cut(words: string): string {
  return words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words;
}
