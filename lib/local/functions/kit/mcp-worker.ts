/** What runs in the worker thread of a toolset that an MCP server provides. */
import type { ToolCall } from "../../../runtime/agent/agent-call.ts";
import { invokeMcpTool } from "../../../runtime/mcp/invoke-mcp-tool.ts";
import { openStdio } from "../../../runtime/mcp/open-stdio.ts";
import type { KitWork } from "../hosted-function.ts";
import type { WorkerStart } from "../protocol.ts";
import { serve, workerStart } from "../worker-loop.ts";
import { kitHandler } from "./kit-call.ts";

/** In which the answer of a server is still written down. */
const MARGIN_MS = 1000;

/** The host starts this file for nothing else. */
const start = workerStart() as WorkerStart<Extract<KitWork, { readonly kind: "mcp" }>>;

await serve(async () =>
  kitHandler<ToolCall>(start, (call, world) => {
    const timeout = Math.max(MARGIN_MS, world.deadline.getTime() - Date.now() - MARGIN_MS);
    const host = { effect: start.effect, env: process.env, openStdio, timeout };
    return invokeMcpTool(start.work.document, call, { ...host, ...world });
  }),
);
