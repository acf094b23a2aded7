/** The function of a toolset that an MCP server provides. */
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import type { ToolCall } from "../agent/agent-call.ts";
import type { McpDocument } from "../agent/mcp-document.ts";
import { digestOfJson } from "../canonical-json.ts";
import { StepError } from "../errors.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import type { Json } from "../json.ts";
import { listContracts } from "./list-contracts.ts";
import { type McpContract, mcpContractDigest } from "./mcp-contract.ts";
import { nameOf } from "./mcp-failure.ts";
import { MAX_ANSWER_BYTES, type McpWorld } from "./mcp-world.ts";
import { toolResultOf } from "./tool-result.ts";
import { withMcpServer } from "./with-mcp-server.ts";

/**
 * Under `_meta` of each call: the same when the same call is made again. The protocol has no word for
 * it; a server that knows it can make an effect once.
 */
const KEY_NAME = "espalier/idempotencyKey";

type Pins = McpDocument["tools"];

/**
 * Calls one tool of the server, if the server still offers it as it was pinned: the list is fetched at
 * each call, and what the server says of the tool is compared with the pin, and never shown to a model.
 * An effect is not made once here: wrap it as a step's (`performOnce`) where the tool has one.
 *
 * Throws `Tool.NotAllowed` (not pinned), `Tool.ContractChanged` (another contract than the pinned one,
 * or none any more), `Tool.Failed` (the tool says so; or see `withMcpServer`).
 */
export async function runMcpTool(
  { server, tools, toolset }: McpDocument,
  call: ToolCall,
  world: McpWorld,
): Promise<Json> {
  const { mcp } = call.tool;
  const name = mcp?.tool ?? call.tool.name;
  const pin = pinOf(tools, name, toolset);
  if (mcp && mcp.digest !== pin.digest) {
    throw changed(name, toolset, "The agent was locked to another contract than this function.");
  }
  return withMcpServer(server, world, async (client, options, onCall) => {
    const offered = await listContracts(client, options);
    checkContract(offered, { name, digest: pin.digest }, toolset, nameOf(server));
    const given = argumentsOf(call.input, name);
    onCall();
    const result = await client.callTool(
      { name, arguments: given, _meta: { [KEY_NAME]: keyOf(call) } },
      CallToolResultSchema,
      options,
    );
    const output = toolResultOf(CallToolResultSchema.parse(result));
    const bytes = Buffer.byteLength(JSON.stringify(output));
    if (bytes <= MAX_ANSWER_BYTES) return output;
    throw new StepError(
      "Tool.Failed",
      `The tool "${name}" returned ${bytes} bytes; ${MAX_ANSWER_BYTES} are allowed. Ask for less.`,
    );
  });
}

function keyOf(call: ToolCall): string {
  return digestOfJson([idempotencyKeyOf(call), call.tool.toolUseId]);
}

function pinOf(tools: Pins, name: string, toolset: string): Pins[string] {
  const pin = Object.hasOwn(tools, name) ? tools[name] : undefined;
  if (pin) return pin;
  throw new StepError("Tool.NotAllowed", `The toolset "${toolset}" has no tool "${name}".`);
}

function checkContract(
  offered: readonly McpContract[],
  pin: { readonly name: string; readonly digest: string },
  toolset: string,
  server: string,
): void {
  const [found, ...others] = offered.filter(({ name }) => name === pin.name);
  if (!found) throw changed(pin.name, toolset, `${server} does not offer it any more.`);
  if (others.length > 0) throw changed(pin.name, toolset, `${server} offers it more than once.`);
  if (mcpContractDigest(found) === pin.digest) return;
  throw changed(pin.name, toolset, `${server} describes it otherwise than when it was pinned.`);
}

function changed(tool: string, toolset: string, what: string): StepError {
  return new StepError(
    "Tool.ContractChanged",
    `The tool "${tool}" was not called. ${what} ` +
      `\`espalier toolset pin\` shows what has changed in "${toolset}", and pins it anew.`,
    { tool, toolset },
  );
}

/** The loop has validated them against the pinned schema, which describes an object. */
function argumentsOf(input: Json, tool: string): { [name: string]: Json } {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return input;
  throw new StepError("Tool.ArgumentsInvalid", `The tool "${tool}" takes an object of arguments.`);
}
