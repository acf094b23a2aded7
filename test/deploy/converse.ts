/**
 * Bedrock's Converse on this machine, over HTTP/2 without TLS, as the deployed functions ask for it.
 * The answers are those of the agents' own stand-ins: the functions know nothing of that.
 */
import { createServer, type Http2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { ModelReply, ModelRequest } from "../../lib/runtime/model/model.ts";

/** What is sent to Bedrock is what is sent to any model, but for its id, which is in the path. */
export interface Asked extends ModelRequest {
  readonly requestMetadata?: { readonly [key: string]: string };
}

export interface Converse {
  readonly endpoint: string;
  readonly asked: readonly Asked[];
  close(): void;
}

type Reply = Pick<ModelReply, "content" | "stopReason">;

/** Every answer is billed so. */
export const USAGE = { inputTokens: 200, outputTokens: 40 };

export async function startConverse(reply: (asked: Asked) => Promise<Reply>): Promise<Converse> {
  const sessions = new Set<Http2Session>();
  const asked: Asked[] = [];
  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => undefined);
  });
  server.on("stream", async (stream, headers) => {
    stream.on("error", () => undefined);
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    const path = /^\/model\/(.+)\/converse$/.exec(String(headers[":path"]));
    const body = JSON.parse(Buffer.concat(parts).toString()) as Omit<Asked, "modelId">;
    const one: Asked = { ...body, modelId: decodeURIComponent(path?.[1] ?? "") };
    asked.push(one);
    const json = { "content-type": "application/json" };
    try {
      const text = JSON.stringify(answerOf(await reply(one)));
      stream.respond({ ":status": 200, ...json });
      stream.end(text);
    } catch (error) {
      stream.respond({ ":status": 400, ...json, "x-amzn-errortype": "ValidationException" });
      stream.end(JSON.stringify({ message: String(error) }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
function answerOf({ content, stopReason }: Reply): object {
  return {
    metrics: { latencyMs: 10 },
    output: { message: { role: "assistant", content } },
    stopReason,
    usage: { ...USAGE, totalTokens: USAGE.inputTokens + USAGE.outputTokens },
  };
}
