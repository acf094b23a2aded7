/** An MCP server on 127.0.0.1, made with the SDK's server half; its tools can be changed while it runs. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
  type Tool,
} from "@modelcontextprotocol/sdk/types.js";

export interface HttpMcpServer {
  readonly url: string;
  tools: Tool[];
  /** Answers `tools/call`. */
  call: (name: string, args: Record<string, unknown>) => Promise<CallToolResult>;
  /** In place of MCP: takes the request whole. Returns false to leave it to MCP. */
  fault:
    | ((request: IncomingMessage, body: string, response: ServerResponse) => boolean)
    | undefined;
  /** Tools a page of the list. */
  pageSize: number;
  /** Answers as one JSON document, not as a stream. */
  json: boolean;
  /** HTTP methods and what they called: `POST tools/call`. */
  readonly requests: string[];
  readonly calls: { readonly name: string; readonly args: unknown }[];
  /** `_meta` of each call. */
  readonly metas: unknown[];
  readonly headers: IncomingMessage["headers"][];
  /** Ends all connections at once, as a process that dies. */
  die(): void;
  close(): Promise<void>;
}

export const READ_FILE: Tool = {
  name: "read_file",
  description: "Reads a file of the package.",
  inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
};

export async function startHttpServer(): Promise<HttpMcpServer> {
  const server = createServer((request, response) => {
    void answer(world, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const world: HttpMcpServer = {
    url: `http://127.0.0.1:${port}/mcp`,
    tools: [READ_FILE],
    call: async (_name, { path }) => ({ content: [{ type: "text", text: `content of ${path}` }] }),
    fault: undefined,
    pageSize: 100,
    json: false,
    requests: [],
    calls: [],
    metas: [],
    headers: [],
    die: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return world;
}

async function answer(
  world: HttpMcpServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts).toString();
  const message: unknown = body === "" ? undefined : JSON.parse(body);
  const { method = "" } = (message ?? {}) as { readonly method?: string };
  world.requests.push(`${request.method} ${method}`.trim());
  world.headers.push(request.headers);
  if (world.fault?.(request, body, response)) return;
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: world.json });
  const mcp = mcpServer(world);
  response.on("close", () => void mcp.close());
  await mcp.connect(transport as Transport);
  await transport.handleRequest(request, response, message);
}

function mcpServer(world: HttpMcpServer): Server {
  const mcp = new Server({ name: "test", version: "1" }, { capabilities: { tools: {} } });
  mcp.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const from = Number(params?.cursor ?? 0);
    const to = from + world.pageSize;
    const tools = world.tools.slice(from, to);
    return to < world.tools.length ? { tools, nextCursor: String(to) } : { tools };
  });
  mcp.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    world.calls.push({ name: params.name, args: params.arguments });
    world.metas.push(params._meta);
    return world.call(params.name, params.arguments ?? {});
  });
  return mcp;
}
