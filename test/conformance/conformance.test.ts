/** Executions that AWS recorded, run again through the unmodified AWS SDK over HTTP. */
import fs from "node:fs";
import path from "node:path";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from "@aws-sdk/client-sfn";
import { type ServerType, serve } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../lib/engine/index.ts";
import { stepFunctionsApi } from "../../lib/local/stepfunctions/index.ts";
import { invokeRecordedFunction } from "./invoker.ts";
import { difference } from "./matches.ts";

interface Case {
  id: string;
  jsonata: boolean;
  type: "STANDARD" | "EXPRESS";
  definition: object;
  input: unknown;
  lambdas: { name: string; file: string }[];
  events?: (Record<string, unknown> & { id: unknown; type: string; previousEventId: unknown })[];
  sync?: Record<string, unknown>;
}

const cases = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, "cases.json"), "utf8"),
) as Case[];

/** What cannot agree, and why: known.md. */
const known = fs.readFileSync(path.join(import.meta.dirname, "known.md"), "utf8");

/** The recordings' placeholder for the account that they were made in. */
const ACCOUNT = "111111111111";

let engine: Engine;
let server: ServerType;
let client: SFNClient;

beforeAll(async () => {
  engine = await Engine.open({ invoke: invokeRecordedFunction, account: ACCOUNT });
  await new Promise<void>((resolve) => {
    server = serve(
      { fetch: stepFunctionsApi(engine).fetch, hostname: "127.0.0.1", port: 0 },
      ({ port }) => {
        client = new SFNClient({
          endpoint: `http://127.0.0.1:${port}`,
          region: "us-east-1",
          credentials: { accessKeyId: "test", secretAccessKey: "test" },
          disableHostPrefix: true,
        });
        resolve();
      },
    );
  });
});

afterAll(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  await engine.close();
});

/** A text of a case, with its functions under the names of what they do. */
function named(value: unknown, { lambdas }: Case): string {
  let text = JSON.stringify(value).replaceAll("000000000000", ACCOUNT);
  for (const { name, file } of lambdas) text = text.replaceAll(name, file.replace(/\.py$/, ""));
  return text;
}

let machines = 0;

async function run(one: Case): Promise<void> {
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({
      name: `case-${++machines}`,
      definition: named(one.definition, one),
      roleArn: `arn:aws:iam::${ACCOUNT}:role/test`,
      type: one.type,
    }),
  );
  const input = named(one.input, one);
  if (one.sync !== undefined) {
    const { status, output, error, cause } = await client.send(
      new StartSyncExecutionCommand({ stateMachineArn, input }),
    );
    const { sync } = one;
    const recorded = {
      status: sync.status,
      output: withoutIds(sync.output),
      error: sync.error,
      cause: sync.cause,
    };
    expect(
      difference(recorded, { status, output: withoutIds(parse(output)), error, cause }),
    ).toBeUndefined();
    return;
  }
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
  await engine.waitForEnd(String(executionArn));
  const events = await history(String(executionArn));
  const chain = (of: readonly { type?: unknown; previousEventId?: unknown }[]) =>
    of.map(({ type, previousEventId }) => `${type} after ${previousEventId}`);
  expect(chain(events)).toEqual(chain(one.events ?? []));
  for (const [i, event] of events.entries()) {
    const { timestamp: _, ...recorded } = { timestamp: 0, ...one.events?.[i] };
    const { timestamp: __, ...actual } = event;
    expect(difference(recorded, actual), `event ${event.id}`).toBeUndefined();
  }
  const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
  const end = events.at(-1);
  expect(end?.type).toBe(
    `Execution${String(status).charAt(0)}${String(status).slice(1).toLowerCase()}`,
  );
  expect(output).toBe(end?.executionSucceededEventDetails?.output);
}

/** Page by page, as a client would. */
async function history(executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        maxResults: 10,
        nextToken,
        includeExecutionData: true,
      }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

/** The cause of a function's error carries ids that are not even valid JSON in one recording. */
function withoutIds(output: unknown): unknown {
  if (typeof output !== "object" || output === null || !("Cause" in output)) return output;
  return {
    ...output,
    Cause: /"errorMessage": ?"[^"]*", ?"errorType": ?"[^"]*"/
      .exec(String(output.Cause))?.[0]
      .replaceAll(": ", ":")
      .replaceAll(", ", ","),
  };
}

for (const language of ["JSONata", "JSONPath"] as const) {
  // At once, as the retries among them take their seconds.
  describe.concurrent(`AWS's recordings of ${language} machines`, () => {
    const ours = cases.filter(
      ({ jsonata, id }) => jsonata === (language === "JSONata") && !known.includes(id),
    );
    it.each(ours.map((one) => ({ id: one.id, one })))("$id", ({ one }) => run(one));
  });
}

it("knows why each case in known.md cannot agree", () => {
  const ids = [...known.matchAll(/^- `(.+)`$/gm)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThan(0);
  for (const id of ids)
    expect(
      cases.some((one) => one.id === id),
      id,
    ).toBe(true);
  expect(cases.filter(({ jsonata, id }) => jsonata && known.includes(id))).toEqual([]);
});
