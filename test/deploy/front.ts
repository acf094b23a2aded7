/**
 * A server before the emulator that passes on every request as it is, but for two kinds.
 *
 * DeleteStack with a stack's ARN, which the CDK's CLI sends: AWS takes a name or an ARN; the emulator
 * finds no stack by its ARN there, says that all is well and deletes nothing.
 *
 * Executions of state machines: `step-functions.ts` answers in the place of the emulator.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { StepFunctions } from "./step-functions.ts";

export interface Front {
  readonly endpoint: string;
  close(): void;
}

export function startFront(behind: string, executions: StepFunctions): Promise<Front> {
  const { hostname, port } = new URL(behind);
  const target = { hostname, port };
  const server = createServer((incoming, answer) => {
    const { "content-type": type = "", "x-amz-target": action } = incoming.headers;
    const isOurs = typeof action === "string" && executions.answers(action);
    if (isOurs) void passExecution(incoming, answer, action, executions);
    else if (type.startsWith("application/x-www-form-urlencoded")) {
      void passForm(incoming, answer, target);
    } else incoming.pipe(send(incoming, answer, target, incoming.headers));
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

interface Target {
  readonly hostname: string;
  readonly port: string;
}

async function passExecution(
  incoming: IncomingMessage,
  answer: ServerResponse,
  action: string,
  executions: StepFunctions,
): Promise<void> {
  try {
    const answered = await executions.answer(action, (await collect(incoming)).toString());
    const headers = Object.fromEntries(answered.headers);
    answer.writeHead(answered.status, headers).end(Buffer.from(await answered.arrayBuffer()));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const body = JSON.stringify({ __type: "StateMachineDoesNotExist", message });
    answer.writeHead(400, { "content-type": "application/x-amz-json-1.0" }).end(body);
  }
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
