/** The host of an MCP server's tools: `mcpHandler(world)` makes the function's handler. */
import { effectOf } from "../../lib/aws/function-variables.ts";
import type { ToolCall } from "../../lib/runtime/agent/agent-call.ts";
import type { McpDocument } from "../../lib/runtime/agent/mcp-document.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { withKitCall } from "../../lib/runtime/kit-call.ts";
import { invokeMcpTool } from "../../lib/runtime/mcp/invoke-mcp-tool.ts";
import type { McpWorld } from "../../lib/runtime/mcp/mcp-world.ts";
import { kitOptions, kitPorts, readDocument } from "../kit-function.ts";
import type { LambdaContext } from "../lambda-context.ts";

/** In which the answer of a server is still written down. */
const MARGIN_MS = 1000;

export type McpHandler = (payload: unknown, context: LambdaContext) => Promise<Json>;

/** `secret` is there where the server's key is a secret. */
export function mcpHandler(adapters: Pick<McpWorld, "secret">): McpHandler {
  const document = readDocument<McpDocument>();
  const ports = kitPorts();
  const effect = effectOf();
  return (payload, context) => {
    const options = kitOptions(context, ports);
    return withKitCall<ToolCall, Json>(payload, options, (call, { logger, signal }) =>
      invokeMcpTool(document, call, {
        ...adapters,
        ports,
        effect,
        deadline: options.deadline,
        holder: context.awsRequestId,
        timeout: Math.max(MARGIN_MS, context.getRemainingTimeInMillis() - MARGIN_MS),
        logger,
        signal,
      }),
    );
  };
}
