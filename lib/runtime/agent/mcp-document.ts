/** What the function of a toolset that an MCP server provides is given beside its code. */
import type { JsonObject } from "../json.ts";

export interface McpDocument {
  readonly toolset: string;
  readonly server:
    | {
        readonly url: string;
        readonly apiKey?: { readonly env: string } | { readonly secret: string };
      }
    /** On one machine only. */
    | { readonly command: string; readonly args: readonly string[] };
  /** By the server's name of the tool: the contract that it is pinned to. */
  readonly tools: {
    readonly [name: string]: {
      readonly description: string;
      readonly input: JsonObject;
      readonly digest: string;
    };
  };
}
