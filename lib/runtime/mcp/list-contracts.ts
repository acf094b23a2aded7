import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import { StepError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { McpContract } from "./mcp-contract.ts";

const MAX_TOOLS = 1000;

/**
 * All tools that the server offers right now, in its order. Throws `Tool.Failed` for more than a
 * thousand, or for a list without end.
 */
export async function listContracts(
  client: Client,
  options: RequestOptions,
): Promise<readonly McpContract[]> {
  const contracts: McpContract[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor }, options);
    for (const { name, description = "", inputSchema } of page.tools) {
      // From JSON, and parsed by the SDK: plain values all the way down.
      contracts.push({ name, description, input: inputSchema as unknown as JsonObject });
    }
    cursor = page.nextCursor;
    if (contracts.length > MAX_TOOLS || (cursor !== undefined && cursors.has(cursor))) {
      throw new StepError("Tool.Failed", "The MCP server lists tools without end.");
    }
    if (cursor !== undefined) cursors.add(cursor);
  } while (cursor !== undefined);
  return contracts;
}
