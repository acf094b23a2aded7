/** What went wrong with an MCP server, in words that a model and a person can do something with. */
import { StreamableHTTPError } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { isStepError, StepError } from "../errors.ts";
import { masked } from "../model/masked.ts";
import { TooLarge } from "./bounded-fetch.ts";
import type { McpServer } from "./mcp-world.ts";

export class TimeUp extends Error {
  override readonly name = "TimeUp";
  constructor(milliseconds: number) {
    super(`It did not answer within ${milliseconds / 1000} s.`);
  }
}

export interface FailedConversation {
  readonly server: McpServer;
  readonly key: string | undefined;
  /** A tool had been called, and may have done something. */
  readonly hasCalled: boolean;
}

/** `Tool.Failed`, without the key; a `StepError` stays as it is. */
export function toToolError(
  error: unknown,
  { server, key, hasCalled }: FailedConversation,
): StepError {
  if (isStepError(error)) return error;
  const doubt =
    hasCalled && !isAnswer(error) ? " What the tool has done by then is not known." : "";
  const words = `${masked(wordsFor(error), key)}${doubt}`;
  return new StepError("Tool.Failed", `The MCP server ${nameOf(server)}: ${words}`, undefined, {
    cause: error,
  });
}

/** Without what may be secret in a URL. */
export function nameOf(server: McpServer): string {
  if ("command" in server) return `"${server.command}"`;
  const { origin, pathname } = new URL(server.url);
  return `${origin}${pathname}`;
}

/** Whether the server itself has said that the call failed. */
function isAnswer(error: unknown): boolean {
  if (error instanceof McpError) return error.code !== ErrorCode.ConnectionClosed;
  return error instanceof StreamableHTTPError;
}

function wordsFor(error: unknown): string {
  if (error instanceof TimeUp || error instanceof TooLarge) return error.message;
  if (error instanceof StreamableHTTPError) return httpWords(error);
  if (error instanceof McpError) return protocolWords(error);
  if (!(error instanceof Error)) return String(error);
  const { code } = (error.cause ?? error) as { readonly code?: unknown };
  if (typeof code === "string") return `It cannot be reached (${code}).`;
  return error.message;
}

function httpWords({ code, message }: StreamableHTTPError): string {
  if (code === 401 || code === 403) return `It refuses the key (HTTP ${code}).`;
  return `It answers with HTTP ${code ?? "?"}. ${message}`;
}

function protocolWords({ code, message }: McpError): string {
  if (code === ErrorCode.ConnectionClosed) return "It has ended the connection.";
  return message;
}
