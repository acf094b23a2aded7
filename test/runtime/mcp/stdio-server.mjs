/** An MCP server that speaks over its standard input and output: `node stdio-server.mjs MODE`. */
import process from "node:process";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const [mode] = process.argv.slice(2);
if (mode === "no start") {
  process.stderr.write("there is no database\n");
  process.exit(3);
}

const server = new Server({ name: "test", version: "1" }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [
    {
      name: "read_file",
      description: "Reads a file of the package.",
      inputSchema: {
        type: "object",
        properties: { path: { type: "string" } },
        required: ["path"],
      },
    },
  ],
}));
server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  if (mode === "die") process.exit(1);
  if (mode === "hang") await new Promise(() => setInterval(() => {}, 1000));
  const text = mode === "flood" ? "x".repeat(10_000_000) : JSON.stringify(answer(params.arguments));
  return { content: [{ type: "text", text }] };
});

function answer({ path }) {
  return { path, pid: process.pid, secret: process.env.ESPALIER_TEST_SECRET ?? null };
}

await server.connect(new StdioServerTransport());
