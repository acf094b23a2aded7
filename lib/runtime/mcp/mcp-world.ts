import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { McpDocument } from "../agent/mcp-document.ts";
import type { Logger } from "../context.ts";

export interface McpWorld {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Milliseconds for everything: connecting, listing and the call. */
  readonly timeout: number;
  readonly logger: Pick<Logger, "debug">;
  /** Variables that `apiKey.env` may name. */
  readonly env?: { readonly [name: string]: string | undefined };
  /** Reads a secret by its ARN. */
  readonly secret?: (arn: string) => Promise<string>;
  /** Starts a server as a process: given on one machine (`openStdio`), and never where it is deployed. */
  readonly openStdio?: (server: StdioServer, options: StdioOptions) => Transport;
}

export type McpServer = McpDocument["server"];
export type StdioServer = Extract<McpServer, { readonly command: string }>;
export type HttpServer = Extract<McpServer, { readonly url: string }>;

export interface StdioOptions {
  readonly maxBytes: number;
  /** Takes what the process writes to its standard error. */
  readonly onStderr: (text: string) => void;
}

/** Of one message, and of the body of one answer. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
