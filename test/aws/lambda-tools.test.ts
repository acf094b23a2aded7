/** Tools on Lambda: the SDK's own client against a server that answers as Lambda does. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lambdaTools } from "../../lib/aws/lambda-tools.ts";
import type { ToolCall } from "../../lib/runtime/agent/agent-call.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { loadStoredValues } from "../../lib/runtime/stored-value.ts";
import { createWorld } from "../runtime/approval/approval-world.ts";

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Nothing, ever. */
  readonly hang?: true;
  readonly reset?: true;
}

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:refund-pay:7";

let server: Server;
let answers: Answer[];
let asked: { path: string; body: ToolCall }[];

beforeEach(async () => {
  answers = [];
  asked = [];
  server = createServer(async (request, response) => {
    asked.push({ path: decodeURIComponent(request.url ?? ""), body: await read(request) });
    const { status = 200, headers = {}, body = "null", hang, reset } = answers.shift() ?? {};
    if (hang) return;
    if (reset) return void request.socket.destroy();
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("AWS_ENDPOINT_URL_LAMBDA", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function read(request: IncomingMessage): Promise<ToolCall> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString()) as ToolCall;
}

const CALL: ToolCall = {
  run: {
    id: "r-1",
    workflow: "refund",
    version: "1.0.0",
    digest: `sha256:${"0".repeat(64)}`,
    environment: "test",
    customer: null,
    principal: "p",
    startedAt: "2026-11-21T09:00:00.000Z",
  },
  step: { id: "settled", iteration: "", attempt: 0 },
  tool: { name: "pay_back", toolUseId: "call_1_0", mcp: null },
  input: { order: "R-1" },
  given: { order: "R-1" },
  config: {},
};

const { ports } = createWorld();
const tools = () => lambdaTools({ functions: { "orders-pay": ARN }, artifacts: ports.artifacts });
const options = (signal = new AbortController().signal) => ({ signal, timeout: 20 });
const call = (overrides: Partial<ToolCall> = {}) =>
  tools().call("orders-pay", { ...CALL, ...overrides }, options());

const failed = (body: string): Answer => ({
  headers: { "x-amz-function-error": "Unhandled" },
  body,
});
const refused = (name: string, status: number): Answer => ({
  status,
  headers: { "x-amzn-errortype": name },
  body: JSON.stringify({ Message: "no" }),
});

describe("a call of a tool", () => {
  it("invokes the version of the function and returns what it answers", async () => {
    answers = [{ body: '{"payment":"p-1"}' }];
    expect(await call()).toEqual({ payment: "p-1" });
    expect(asked).toEqual([{ path: `/2015-03-31/functions/${ARN}/invocations`, body: CALL }]);
  });

  it("carries large values by reference", async () => {
    const input = { order: "R-1", letter: "x".repeat(300_000) };
    await call({ input, given: input });
    const sent = asked[0]?.body;
    expect(JSON.stringify(sent).length).toBeLessThan(10_000);
    expect(await loadStoredValues(sent?.input ?? null, ports.artifacts)).toEqual(input);
    expect(await loadStoredValues(sent?.given ?? null, ports.artifacts)).toEqual(input);
  });

  it("is not made where the payload is larger than Lambda takes", async () => {
    const config = { text: "x".repeat(7 * 1024 * 1024) };
    await expect(call({ config })).rejects.toMatchObject({ name: "Tool.ArgumentsInvalid" });
    expect(asked).toEqual([]);
  });

  it("is not made for a function that this agent was not given", async () => {
    for (const name of ["orders-other", "__proto__", "constructor"]) {
      await expect(tools().call(name, CALL, options())).rejects.toMatchObject({
        name: "Tool.NotAllowed",
      });
    }
    expect(asked).toEqual([]);
  });
});

describe("a function that fails", () => {
  it.each([
    [
      "under the name of its error",
      '{"errorType":"Order.Closed","errorMessage":"closed"}',
      { name: "Order.Closed", message: "closed" },
    ],
    [
      "at its time limit, as Lambda writes it now",
      '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}',
      { name: "Sandbox.Timedout" },
    ],
    [
      "at its time limit, as Lambda wrote it before",
      '{"errorMessage":"2026-11-21T09:00:00Z 1 Task timed out after 3.00 seconds"}',
      { name: "Sandbox.Timedout" },
    ],
    ["without a name", '{"errorMessage":"gone"}', { name: "Tool.Failed", message: "gone" }],
    ["with what is no JSON", "<html>", { name: "Tool.Failed", message: "<html>" }],
    ["with nothing", "", { name: "Tool.Failed", message: expect.stringContaining("orders-pay") }],
  ])("%s", async (_how, body, expected) => {
    answers = [failed(body)];
    await expect(call()).rejects.toMatchObject(expected);
    expect(asked).toHaveLength(1);
  });
});

describe("a function that is not reached", () => {
  it.each([
    ["throttled", refused("TooManyRequestsException", 429)],
    ["a fault of the service", refused("ServiceException", 500)],
    ["being made ready", refused("ResourceNotReadyException", 502)],
    ["a connection that breaks", { reset: true } satisfies Answer],
  ])("is asked again: %s", async (_why, answer) => {
    answers = [answer, answer, { body: '"there"' }];
    expect(await call()).toBe("there");
    expect(asked).toHaveLength(3);
  });

  it("is given up after five times, under a name that the step's retry knows", async () => {
    answers = Array.from({ length: 9 }, () => refused("TooManyRequestsException", 429));
    await expect(call()).rejects.toMatchObject({ name: "Lambda.TooManyRequestsException" });
    expect(asked).toHaveLength(5);
  });

  it.each([
    ["the role may not", refused("AccessDeniedException", 403), "Tool.NotAllowed"],
    ["gone", refused("ResourceNotFoundException", 404), "Lambda.ResourceNotFoundException"],
    ["a request it does not take", refused("InvalidRequestContentException", 400), /^Lambda\./],
  ])("is not asked again: %s", async (_why, answer, name) => {
    answers = [answer];
    const error: Error = await call().then(
      (value: Json) => new Error(`answered ${JSON.stringify(value)}`),
      (thrown: Error) => thrown,
    );
    expect(error.name).toMatch(name);
    expect(asked).toHaveLength(1);
  });
});

describe("a caller that waits no longer", () => {
  it("is heard while the function is at work", async () => {
    answers = [{ hang: true }];
    const controller = new AbortController();
    const calling = tools().call("orders-pay", CALL, options(controller.signal));
    const outcome = expect(calling).rejects.toThrow("time is up");
    while (asked.length === 0) await sleep(10);
    controller.abort(new Error("time is up"));
    await outcome;
  });

  it("is heard between two tries", async () => {
    answers = Array.from({ length: 9 }, () => refused("TooManyRequestsException", 429));
    const controller = new AbortController();
    const calling = tools().call("orders-pay", CALL, options(controller.signal));
    const outcome = expect(calling).rejects.toThrow("time is up");
    while (asked.length < 2) await sleep(5);
    controller.abort(new Error("time is up"));
    await outcome;
    expect(asked.length).toBeLessThan(5);
  });

  it("makes no call if it was too late before", async () => {
    const signal = AbortSignal.abort(new Error("time is up"));
    await expect(tools().call("orders-pay", CALL, options(signal))).rejects.toThrow("time is up");
    expect(asked).toEqual([]);
  });
});
