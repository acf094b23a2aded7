/**
 * Bedrock's Converse on this machine, over HTTP/2 without TLS, as the deployed functions ask for it.
 * What it answers depends on the conversation alone, as a stand-in's answers do.
 */
import { createServer, type Http2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import * as z from "zod";

const Block = z.looseObject({
  text: z.string().optional(),
  toolUse: z.looseObject({ name: z.string() }).optional(),
  toolResult: z
    .looseObject({ toolUseId: z.string(), status: z.string().optional(), content: z.unknown() })
    .optional(),
});
const Body = z.looseObject({
  messages: z.array(z.object({ role: z.string(), content: z.array(Block) })),
  toolConfig: z
    .looseObject({
      tools: z.array(z.looseObject({ toolSpec: z.looseObject({ name: z.string() }).optional() })),
    })
    .optional(),
  guardrailConfig: z.unknown(),
});
export type Conversation = z.infer<typeof Body>;

export interface Asked {
  /** Id of the model, from the path. */
  readonly model: string;
  readonly body: Conversation;
}

export interface Answer {
  readonly text?: string;
  readonly tool?: { readonly name: string; readonly input: object };
}

export interface Converse {
  readonly endpoint: string;
  readonly asked: readonly Asked[];
  close(): void;
}

/** Every answer is billed so. */
export const USAGE = { inputTokens: 200, outputTokens: 40 };

export async function startConverse(reply: (asked: Asked) => Answer): Promise<Converse> {
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
    const model = decodeURIComponent(
      /^\/model\/(.+)\/converse$/.exec(String(headers[":path"]))?.[1] ?? "",
    );
    const one = { model, body: Body.parse(JSON.parse(Buffer.concat(parts).toString())) };
    asked.push(one);
    stream.respond({ ":status": 200, "content-type": "application/json" });
    stream.end(JSON.stringify(converseAnswer(reply(one), asked.length)));
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
function converseAnswer({ text, tool }: Answer, number: number): object {
  const content = [
    ...(text === undefined ? [] : [{ text }]),
    ...(tool ? [{ toolUse: { toolUseId: `call-${number}`, ...tool } }] : []),
  ];
  return {
    metrics: { latencyMs: 10 },
    output: { message: { role: "assistant", content } },
    stopReason: tool ? "tool_use" : "end_turn",
    usage: { ...USAGE, totalTokens: USAGE.inputTokens + USAGE.outputTokens },
  };
}
