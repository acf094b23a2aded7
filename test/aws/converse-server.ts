/** Bedrock's Converse over HTTP/2 without TLS, answering as it is told. */
import { createServer, type Http2Session, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import type { ContentBlock, ModelReply, Usage } from "../../lib/runtime/model/model.ts";

export type ConverseAnswer =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** So many characters of the body, then the stream is reset. */
  | { readonly resetAfter: number; readonly body: string }
  /** The whole connection is gone before anything is answered. */
  | { readonly disconnect: true }
  | { readonly hang: true };

export interface ConverseServer {
  readonly url: string;
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: JsonObject;
  }[];
  /** Connections that are open now. */
  readonly connections: number;
  answer: ConverseAnswer;
  close(): Promise<void>;
}

export async function startConverse(): Promise<ConverseServer> {
  const sessions = new Set<Http2Session>();
  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => undefined);
  });
  server.on("stream", async (stream, headers) => {
    stream.on("error", () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const path = String(headers[":path"]);
    made.requests.push({
      path,
      headers,
      body: JSON.parse(Buffer.concat(chunks).toString()) as JsonObject,
    });
    const { answer } = made;
    if ("hang" in answer) return;
    if ("disconnect" in answer) return void stream.session?.destroy();
    const json = { "content-type": "application/json", "x-amzn-requestid": "11111111-2222" };
    if ("resetAfter" in answer) {
      stream.respond({ ":status": 200, ...json, "content-length": Buffer.byteLength(answer.body) });
      stream.write(answer.body.slice(0, answer.resetAfter), () => stream.close(2));
      return;
    }
    stream.respond({ ":status": answer.status ?? 200, ...json, ...answer.headers });
    stream.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const made: ConverseServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    get connections() {
      return sessions.size;
    },
    answer: { body: "{}" },
    close: () => {
      for (const session of sessions) session.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return made;
}

/** An error as REST JSON services answer with it. */
export function errorAnswer(name: string, status: number, message: string): ConverseAnswer {
  return {
    status,
    headers: {
      "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
    },
    body: JSON.stringify({ message }),
  };
}

const USAGE: Usage = {
  inputTokens: 20,
  outputTokens: 5,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};

export type Scripted = Pick<ModelReply, "content" | "stopReason"> & {
  readonly usage?: Usage;
  readonly trace?: Json;
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function converseBody({ content, stopReason, usage = USAGE, trace }: Scripted): string {
  return JSON.stringify({
    metrics: { latencyMs: 551 },
    output: { message: { role: "assistant", content: content.map(wireBlock) } },
    stopReason,
    usage: {
      ...usage,
      totalTokens: Object.values(usage).reduce<number>((sum, each) => sum + Number(each), 0),
      serverToolUsage: {},
    },
    ...(trace !== undefined && { trace }),
  });
}

function wireBlock(block: ContentBlock): Json {
  return JSON.parse(JSON.stringify(block)) as Json;
}
