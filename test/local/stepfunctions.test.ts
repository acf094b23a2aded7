/** The Step Functions API as the AWS SDK and other clients meet it. */
import http from "node:http";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  PublishStateMachineVersionCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from "@aws-sdk/client-sfn";
import { type ServerType, serve } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../lib/engine/index.ts";
import { stepFunctionsApi } from "../../lib/local/stepfunctions/index.ts";

let engine: Engine;
let server: ServerType;
let client: SFNClient;
let port = 0;
const tokens: string[] = [];

beforeAll(async () => {
  engine = await Engine.open({
    async invoke(task) {
      if (task.taskToken !== undefined) tokens.push(task.taskToken);
      return task.arguments;
    },
  });
  await new Promise<void>((resolve) => {
    server = serve(
      { fetch: stepFunctionsApi(engine).fetch, hostname: "127.0.0.1", port: 0 },
      (info) => {
        port = info.port;
        resolve();
      },
    );
  });
  client = new SFNClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  await engine.close();
});

const roleArn = "arn:aws:iam::000000000000:role/test";

async function create(name: string, state: object): Promise<string> {
  const definition = JSON.stringify({
    QueryLanguage: "JSONata",
    StartAt: "S",
    States: { S: { End: true, ...state } },
  });
  const created = await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  expect(created.creationDate).toBeInstanceOf(Date);
  return String(created.stateMachineArn);
}

describe("the AWS SDK", () => {
  it("creates, describes, updates, lists and publishes machines", async () => {
    const stateMachineArn = await create("pass", { Type: "Pass" });
    const before = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(before).toMatchObject({ name: "pass", status: "ACTIVE", type: "STANDARD", roleArn });
    const published = await client.send(new PublishStateMachineVersionCommand({ stateMachineArn }));
    expect(published.stateMachineVersionArn).toBe(`${stateMachineArn}:1`);
    const definition = JSON.stringify({ StartAt: "F", States: { F: { Type: "Fail" } } });
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
    expect(
      (await client.send(new DescribeStateMachineCommand({ stateMachineArn }))).definition,
    ).toBe(definition);
    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.some((machine) => machine.name === "pass")).toBe(true);
    expect(
      (await client.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn }))).tags,
    ).toEqual([]);
  });

  it("starts an execution without input, and pages through its history", async () => {
    const stateMachineArn = await create("no-input", { Type: "Pass" });
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
    await engine.waitForEnd(String(executionArn));
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({
      status: "SUCCEEDED",
      input: "{}",
      output: "{}",
      redriveStatus: "NOT_REDRIVABLE",
    });
    expect(described.stopDate).toBeInstanceOf(Date);
    const first = await client.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 3 }),
    );
    const rest = await client.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 3, nextToken: first.nextToken }),
    );
    expect([...(first.events ?? []), ...(rest.events ?? [])].map(({ id }) => id)).toEqual([
      1, 2, 3, 4,
    ]);
    const bare = await client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        reverseOrder: true,
        includeExecutionData: false,
      }),
    );
    expect(bare.events?.[0]?.id).toBe(4);
    expect(bare.events?.[1]?.stateExitedEventDetails).toEqual({ name: "S" });
    const forExecution = await client.send(
      new DescribeStateMachineForExecutionCommand({ executionArn }),
    );
    expect(forExecution.name).toBe("no-input");
    const { executions } = await client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: "SUCCEEDED" }),
    );
    expect(executions).toHaveLength(1);
  });

  it("sends inputs of 256 KiB", async () => {
    const stateMachineArn = await create("large", { Type: "Pass" });
    const input = JSON.stringify("x".repeat(262_142));
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, input }),
    );
    expect((await engine.waitForEnd(String(executionArn))).output).toBe(input);
  });

  it("answers task tokens, stops and redrives", async () => {
    const stateMachineArn = await create("ask", {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Arguments: { token: "{% $states.context.Task.Token %}" },
    });
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
    await expect.poll(() => tokens.length).toBe(1);
    const { stopDate } = await client.send(
      new StopExecutionCommand({ executionArn, error: "E", cause: "C" }),
    );
    expect(stopDate).toBeInstanceOf(Date);
    await client.send(new RedriveExecutionCommand({ executionArn }));
    await expect.poll(() => tokens.length).toBe(2);
    await client.send(new SendTaskSuccessCommand({ taskToken: tokens[1], output: '"done"' }));
    expect((await engine.waitForEnd(String(executionArn))).output).toBe('"done"');
  });

  it.each([
    [
      new StartExecutionCommand({
        stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:none",
      }),
      "StateMachineDoesNotExist",
    ],
    [
      new DescribeExecutionCommand({
        executionArn: "arn:aws:states:us-east-1:000000000000:execution:a:b",
      }),
      "ExecutionDoesNotExist",
    ],
    [
      new CreateStateMachineCommand({ name: "bad", definition: "{}", roleArn }),
      "InvalidDefinition",
    ],
    [new CreateStateMachineCommand({ name: "a b", definition: "{}", roleArn }), "InvalidName"],
    [new SendTaskSuccessCommand({ taskToken: "x", output: "1" }), "InvalidToken"],
    [new ListExecutionsCommand({ maxResults: 5_000 }), "ValidationException"],
  ])("meets AWS's errors %#: %s", async (command, name) => {
    const sent: Promise<unknown> = client.send(command as DescribeExecutionCommand);
    await expect(sent).rejects.toMatchObject({ name });
  });

  it("validates definitions", async () => {
    const answer = await client.send(
      new ValidateStateMachineDefinitionCommand({ definition: "{" }),
    );
    expect(answer).toMatchObject({
      result: "FAIL",
      diagnostics: [{ severity: "ERROR", code: "INVALID_JSON_DESCRIPTION" }],
    });
  });
});

describe("a request that is not the SDK's", () => {
  const post = (headers: Record<string, string>, body = "{}") =>
    new Promise<{ status: number; body: { __type: string } }>((resolve, reject) => {
      const request = http.request(
        { port, host: "127.0.0.1", method: "POST", headers },
        (response) => {
          let text = "";
          response.on("data", (bytes: Buffer) => {
            text += bytes.toString();
          });
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body: JSON.parse(text) as { __type: string },
            }),
          );
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  const target = { "x-amz-target": "AWSStepFunctions.ListStateMachines" };

  it.each([
    ["a foreign host", { ...target, host: "evil.example.com" }, 403, "AccessDeniedException"],
    ["an origin", { ...target, origin: "http://127.0.0.1" }, 403, "AccessDeniedException"],
    [
      "an unknown operation",
      { "x-amz-target": "AWSStepFunctions.Nothing" },
      400,
      "UnknownOperationException",
    ],
    ["no operation", {}, 400, "UnknownOperationException"],
  ])("with %s is refused", async (_, headers, status, type) => {
    const answer = await post(headers);
    expect([answer.status, answer.body.__type]).toEqual([status, type]);
  });
  it("with a body that is no JSON is refused", async () => {
    expect((await post(target, "{")).body.__type).toBe("SerializationException");
  });
  it("with an empty body is served", async () => {
    expect((await post(target, "")).status).toBe(200);
  });
});
