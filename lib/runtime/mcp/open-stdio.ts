import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { StdioOptions, StdioServer } from "./mcp-world.ts";

/**
 * Starts the server as a process, without a shell. Of this process's variables it gets only those that
 * any program needs (`PATH`, `HOME`, …). Its own file, so that deployed functions do not carry it.
 */
export function openStdio(
  { command, args }: StdioServer,
  { maxBytes, onStderr }: StdioOptions,
): Transport {
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    stderr: "pipe",
    maxBufferSize: maxBytes,
  });
  transport.stderr?.on("data", (chunk: Buffer) => onStderr(chunk.toString()));
  return transport as Transport;
}
