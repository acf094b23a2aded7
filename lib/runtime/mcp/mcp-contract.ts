import { digestOfJson } from "../canonical-json.ts";
import type { JsonObject } from "../json.ts";

/** What a server says of one of its tools, as far as models act on it. */
export interface McpContract {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly input: JsonObject;
}

/**
 * What a tool is pinned by: name, description and schema, in canonical JSON. Whoever edits one of them
 * in a toolset's file without the digest gives himself away.
 */
export function mcpContractDigest({ name, description, input }: McpContract): string {
  return digestOfJson({ name, description, input });
}
