/** A tool of an MCP server as a step's function calls it: its document, its call, and the world around it. */
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach } from "vitest";
import type { ToolCall } from "../../../lib/runtime/agent/agent-call.ts";
import type { McpDocument } from "../../../lib/runtime/agent/mcp-document.ts";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import { mcpContractDigest } from "../../../lib/runtime/mcp/mcp-contract.ts";
import type { McpWorld } from "../../../lib/runtime/mcp/mcp-world.ts";
import { runMcpTool } from "../../../lib/runtime/mcp/run-mcp-tool.ts";
import { type HttpMcpServer, READ_FILE, startHttpServer } from "./http-server.ts";

const PIN = pinOf(READ_FILE);

function pinOf({ name, description = "", inputSchema }: Tool) {
  const input = inputSchema as unknown as JsonObject;
  return { description, input, digest: mcpContractDigest({ name, description, input }) };
}

/** The document of a toolset on this server, in which `read_file` is pinned. */
export const toolsetOn = (server: McpDocument["server"]): McpDocument => ({
  toolset: "package-files",
  server,
  tools: { read_file: PIN },
});

export function callOf(tool = "read_file", input: Json = { path: "LICENSE" }, digest = PIN.digest) {
  const call: ToolCall = {
    run: {
      id: "run-1",
      workflow: "license-review",
      version: "1.0.0",
      digest: "sha256:0",
      environment: "test",
      customer: null,
      principal: "ada@example.com",
      startedAt: "2026-01-01T00:00:00.000Z",
    },
    step: { id: "finding", iteration: "", attempt: 0 },
    tool: { name: tool, toolUseId: "t1", mcp: { tool, digest } },
    input,
    given: {},
    config: {},
  };
  return call;
}

/** What was logged in the worlds of this file. */
export const written: unknown[] = [];
export const worldOf = (change: Partial<McpWorld> = {}): McpWorld => ({
  signal: new AbortController().signal,
  timeout: 20_000,
  logger: { debug: (message, data) => void written.push([message, data]) },
  ...change,
});

type HttpServer = Extract<McpDocument["server"], { readonly url: string }>;

/** A server over HTTP for each test of the file. */
export function useHttpServer() {
  let server: HttpMcpServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.close());
  const documentOf = (on: Partial<HttpServer> = {}): McpDocument =>
    toolsetOn({ url: server.url, ...on });
  return {
    get server() {
      return server;
    },
    documentOf,
    run: (document = documentOf(), call = callOf(), world = worldOf()) =>
      runMcpTool(document, call, world),
  };
}
