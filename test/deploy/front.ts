/**
 * A server before the emulator that passes on every request as it is, but for two.
 *
 * DeleteStack with a stack's ARN, which the CDK's CLI sends: AWS takes a name or an ARN; the emulator
 * finds no stack by its ARN there, says that all is well and deletes nothing.
 *
 * DescribeStateMachineForExecution: on AWS an execution keeps the definition that it began with; the
 * emulator runs that one too, but shows the machine's newest. So the first answer stays the answer.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

export interface Front {
  readonly endpoint: string;
  close(): void;
}

export function startFront(behind: string): Promise<Front> {
  const { hostname, port } = new URL(behind);
  const target = { hostname, port };
  const definitions = new Map<string, Answered>();
  const server = createServer((incoming, answer) => {
    const { "content-type": type = "", "x-amz-target": action } = incoming.headers;
    if (type.startsWith("application/x-www-form-urlencoded")) passForm(incoming, answer, target);
    else if (action === DESCRIBE) passDescribe(incoming, answer, target, definitions);
    else incoming.pipe(send(incoming, answer, target, incoming.headers));
  });
  // A function may answer late, and whoever asked has a limit of its own.
  server.requestTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const own = typeof address === "object" && address !== null ? address.port : 0;
      resolve({
        endpoint: `http://127.0.0.1:${own}`,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}

const DESCRIBE = "AWSStepFunctions.DescribeStateMachineForExecution";

interface Answered {
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

interface Target {
  readonly hostname: string;
  readonly port: string;
}

/** `definitions`: answers by what was asked. */
async function passDescribe(
  incoming: IncomingMessage,
  answer: ServerResponse,
  target: Target,
  definitions: Map<string, Answered>,
): Promise<void> {
  const asked = await collect(incoming);
  const key = asked.toString();
  const known = definitions.get(key);
  if (known) {
    answer.writeHead(200, known.headers).end(known.body);
    return;
  }
  const { method, url: path, headers } = incoming;
  const outgoing = request({ ...target, method, path, headers }, async (answered) => {
    const body = await collect(answered);
    if (answered.statusCode === 200) definitions.set(key, { headers: answered.headers, body });
    answer.writeHead(answered.statusCode ?? 502, answered.headers).end(body);
  });
  outgoing.once("error", () => answer.destroy());
  outgoing.end(asked);
}

async function passForm(
  incoming: IncomingMessage,
  answer: ServerResponse,
  target: Target,
): Promise<void> {
  const body = withStackName((await collect(incoming)).toString());
  const { "transfer-encoding": _, ...headers } = incoming.headers;
  const length = String(Buffer.byteLength(body));
  send(incoming, answer, target, { ...headers, "content-length": length }).end(body);
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function withStackName(body: string): string {
  const form = new URLSearchParams(body);
  if (form.get("Action") !== "DeleteStack") return body;
  const name = /^arn:[^:]+:cloudformation:[^:]*:[^:]*:stack\/([^/]+)\//.exec(
    form.get("StackName") ?? "",
  )?.[1];
  if (name === undefined) return body;
  form.set("StackName", name);
  return form.toString();
}

function send(
  incoming: IncomingMessage,
  answer: ServerResponse,
  target: Target,
  headers: IncomingMessage["headers"],
) {
  const outgoing = request(
    { ...target, method: incoming.method, path: incoming.url, headers },
    (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    },
  );
  outgoing.once("error", () => answer.destroy());
  return outgoing;
}
