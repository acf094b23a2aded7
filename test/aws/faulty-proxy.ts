/** An HTTP proxy that does to requests what networks and busy services do. */
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  /** `PutItem`, for services that name the operation in a header. */
  readonly operation: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export type Fault =
  /** Answered by the proxy; the service never hears of it. */
  | { readonly answer: Answer }
  /** The service does what it was asked for, and its answer is lost. */
  | { readonly loseAnswer: true }
  /** The service's answer ends after so many bytes of its body. */
  | { readonly cutAfter: number }
  /** The service's answer, changed; with `body`, to another request than was sent. */
  | { readonly rewrite: (answer: Answer) => Answer; readonly body?: string };

export interface FaultyProxy {
  readonly url: string;
  /** Asked for each request; undefined lets it through. */
  fault: (request: ProxiedRequest) => Fault | undefined;
  readonly seen: ProxiedRequest[];
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<FaultyProxy> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await bodyOf(incoming);
      const seen: ProxiedRequest = {
        method: incoming.method ?? "",
        path: incoming.url ?? "",
        operation: String(incoming.headers["x-amz-target"] ?? "").split(".")[1] ?? "",
        headers: incoming.headers,
        body,
      };
      proxy.seen.push(seen);
      const fault = proxy.fault(seen);
      if (fault && "answer" in fault) {
        outgoing.writeHead(fault.answer.status, fault.answer.headers).end(fault.answer.body);
        return;
      }
      const replaced = fault && "body" in fault ? Buffer.from(fault.body ?? "") : seen.body;
      const answer = await forward(target, { ...seen, body: replaced });
      if (fault && "loseAnswer" in fault) incoming.socket.destroy();
      else if (fault && "cutAfter" in fault) {
        outgoing.writeHead(answer.status, answer.headers);
        outgoing.write(answer.body.subarray(0, fault.cutAfter), () => incoming.socket.destroy());
      } else {
        const changed = fault ? fault.rewrite(answer) : answer;
        const { "content-length": _, ...headers } = changed.headers ?? {};
        const isHead = incoming.method === "HEAD";
        outgoing.writeHead(changed.status, isHead ? changed.headers : headers).end(changed.body);
      }
    })().catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => undefined,
    seen: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

/** The whole request has been read before: a service that dies of broken ones is spared. */
function forward(target: string, seen: ProxiedRequest) {
  return new Promise<Answer & { readonly body: Buffer }>((resolve, reject) => {
    const { host, expect: _, ...rest } = seen.headers;
    const hasLength = rest["content-length"] !== undefined;
    const headers = { ...rest, ...(hasLength && { "content-length": seen.body.byteLength }) };
    const outgoing = request(`${target}${seen.path}`, { method: seen.method, headers }, (reply) => {
      bodyOf(reply).then((body) => {
        const plain = Object.entries(reply.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: reply.statusCode ?? 0, headers: Object.fromEntries(plain), body });
      }, reject);
    });
    outgoing.on("error", reject);
    outgoing.setHeader("host", String(host));
    outgoing.end(seen.body);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What DynamoDB and Step Functions answer when something is wrong. */
export function jsonError(type: string, message = type, status = 400): Answer {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.0", date: new Date().toUTCString() },
    body: JSON.stringify({ __type: `com.amazonaws#${type}`, message }),
  };
}
