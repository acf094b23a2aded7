/** A server on this machine that remembers what it was sent, and answers as it is told. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: string;
}

export interface HttpFake {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

export interface Answered {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: object | string;
}

export async function httpFake(
  answer: (received: Received) => Answered | Promise<Answered>,
): Promise<HttpFake> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = "", url: path = "", headers } = request;
    const one = { method, path, headers, body: Buffer.concat(parts).toString() };
    received.push(one);
    const { status = 200, headers: own = {}, body = "" } = await answer(one);
    const isText = typeof body === "string";
    response.writeHead(status, {
      "content-type": isText ? "text/plain" : "application/json",
      ...own,
    });
    response.end(isText ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
