/** A Chat Completions server that answers as it is told. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import type { ModelReply, StopReason, Usage } from "../../../lib/runtime/model/model.ts";

export type ServerAnswer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body: string }
  /** So many bytes of the body, then the connection is gone. */
  | { readonly cutAfter: number; readonly body: string }
  | { readonly hang: true }
  | { readonly reset: true };

export interface OpenAiServer {
  /** Up to `/v1`. */
  readonly url: string;
  /** Bodies of the requests so far. */
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: JsonObject;
  }[];
  answer: ServerAnswer;
  close(): Promise<void>;
}

export async function startOpenAi(): Promise<OpenAiServer> {
  const requests: OpenAiServer["requests"] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as JsonObject;
    requests.push({ path: request.url ?? "", headers: request.headers, body });
    const { answer } = made;
    if ("hang" in answer) return;
    if ("reset" in answer) return void request.socket.resetAndDestroy();
    const headers = { "content-type": "application/json" };
    if ("cutAfter" in answer) {
      response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(answer.body) });
      response.write(answer.body.slice(0, answer.cutAfter), () => request.socket.destroy());
      return;
    }
    response.writeHead(answer.status ?? 200, { ...headers, ...answer.headers });
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const made: OpenAiServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    answer: { body: "{}" },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return made;
}

const FINISH: Readonly<Partial<Record<StopReason, string>>> = {
  end_turn: "stop",
  max_tokens: "length",
  tool_use: "tool_calls",
  content_filtered: "content_filter",
};

const USAGE: Usage = {
  inputTokens: 20,
  outputTokens: 5,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};

/** The body with which such a server gives this reply. */
export function chatBody({
  content,
  stopReason,
  usage = USAGE,
}: Pick<ModelReply, "content" | "stopReason"> & { readonly usage?: Usage }): string {
  const text = content.flatMap((block) => ("text" in block ? [block.text] : [])).join("");
  const calls = content.flatMap((block): Json[] =>
    "toolUse" in block
      ? [
          {
            id: block.toolUse.toolUseId,
            type: "function",
            function: { name: block.toolUse.name, arguments: JSON.stringify(block.toolUse.input) },
          },
        ]
      : [],
  );
  return JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_795_000_000,
    model: "reader-small-2026",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" ? null : text,
          refusal: null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: FINISH[stopReason] ?? "stop",
      },
    ],
    usage: {
      prompt_tokens: usage.inputTokens + usage.cacheReadInputTokens,
      completion_tokens: usage.outputTokens,
      total_tokens: usage.inputTokens + usage.cacheReadInputTokens + usage.outputTokens,
      prompt_tokens_details: { cached_tokens: usage.cacheReadInputTokens },
    },
  });
}
