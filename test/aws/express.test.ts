/** An express workflow from event to snapshot: no status changes, no history, no unique names. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LogDelivery } from "../../lambdas/runs/logged-events.ts";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyLogs } from "../../lib/aws/lazy-logs.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { awsPorts } from "../../lib/aws/ports.ts";
import type { RunSweep } from "../../lib/aws/sweep-runs.ts";
import type { Control, RunEvent } from "../../lib/runtime/control.ts";
import { context, type DeployedWorld, deployHello } from "./deployed-world.ts";
import { delivery, logLine } from "./log-service.ts";

let world: DeployedWorld;
let control: Control;
/** What the function does with news, with less patience. */
let recordSoon: (lines: readonly Line[]) => Promise<void>;
/** An hour from now. */
let sweepLater: () => Promise<RunSweep>;
const effects = globalThis as { tallied?: { text: string; key: string }[] };

beforeAll(async () => {
  world = await deployHello(join(import.meta.dirname, "fixtures/probe"));
  const { openAwsControl } = await import("../../lib/aws/control/aws-control.ts");
  control = await openAwsControl({ environment: "test", region: "us-east-1" });
  const { recordDelivery } = await import("../../lambdas/runs/logged-events.ts");
  const { sweepRuns } = await import("../../lib/aws/sweep-runs.ts");
  const clients = { s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn(), logs: lazyLogs() };
  const ports = awsPorts({ table: world.table, runsBucket: "runs" }, clients);
  const own = {
    clients,
    ports,
    runsBucket: "runs",
    bundlesBucket: "runs",
    environment: "test",
    pause: 1,
  };
  recordSoon = (lines) => recordDelivery(LogDelivery.parse(delivery(lines)), own);
  sweepLater = () =>
    sweepRuns({
      ...own,
      ports: { ...ports, clock: { now: () => new Date(Date.now() + 3_600_000) } },
      machines: "arn:aws:states:us-east-1:000000000000:stateMachine:",
      goOn: () => true,
    });
});
afterAll(async () => {
  await control?.close();
  await world?.close();
  delete effects.tallied;
});
beforeEach(() => {
  world.logs.lag = 0;
  effects.tallied = [];
});

const event = (name: string, id: string) => ({
  trigger: 0,
  event: { id, source: "com.example", time: "2026-11-21T09:00:00Z", detail: { name } },
});

type Line = DeployedWorld["logs"]["lines"][number];

const messageOf = ({ message }: Line) =>
  JSON.parse(message) as { id: string; type: string; execution_arn: string };
const arnsOf = (run: string) => [
  ...new Set(
    world.logs.lines
      .map((line) => messageOf(line).execution_arn)
      .filter((arn) => arn.split(":")[7] === run),
  ),
];
const linesOf = (run: string) =>
  world.logs.lines.filter((line) => messageOf(line).execution_arn.split(":")[7] === run);
/** What the subscription filter lets through. */
const newsOf = (run: string) =>
  linesOf(run).filter((line) => messageOf(line).type.startsWith("Execution"));
const deliver = (lines: readonly Line[], type?: string) =>
  world.runs(delivery(lines, type), context);

/** The engine forgets an express execution at its end; the log has it. */
async function endOf(run: string, executions = 1): Promise<void> {
  const isEnd = (line: Line) => /^Execution(?!Started)/.test(messageOf(line).type);
  while (linesOf(run).filter(isEnd).length < executions) await setTimeout(20);
}

async function startEvent(name: string, id: string): Promise<string> {
  const { run } = (await world.intake(event(name, id), context)) as { run: string };
  return run;
}

async function eventsOf(run: string, options = {}): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const one of control.history(run, options)) events.push(one);
  return events;
}

function fileOf(run: string, name: string): Buffer {
  const found = world.s3.objects.get(`runs/runs/${run}/${name}`);
  if (!found) throw new Error(`There is no ${name}.`);
  return found.body;
}
const filesOf = (run: string) =>
  [...world.s3.objects.keys()].filter((key) => key.startsWith(`runs/runs/${run}/`));

describe("an express run", () => {
  it("goes from an event to its snapshot, told by nothing but the log", async () => {
    const run = await startEvent("Ada", "event-1");
    await endOf(run);
    await deliver(newsOf(run));

    const detail = await control.run(run);
    expect(detail).toMatchObject({
      id: run,
      workflow: "probe",
      version: "1.2.0",
      digest: world.digest,
      environment: "test",
      principal: "trigger:0",
      status: "SUCCEEDED",
      error: null,
      input: { name: "Ada" },
      output: { text: "Hello, Ada!", count: 1 },
      location: `s3://runs/runs/${run}/`,
    });
    expect(await control.runs({ workflow: "probe", limit: 1 })).toMatchObject([{ id: run }]);
    const envelope = JSON.parse(fileOf(run, "input.json").toString()) as {
      run: { startedAt: string };
    };
    expect(envelope.run.startedAt).toBe(detail.startedAt);
    const lines = gunzipSync(fileOf(run, "history.jsonl.gz")).toString().trim().split("\n");
    const kept = lines.map((line) => JSON.parse(line) as RunEvent);
    expect(kept.map(({ id }) => id)).toEqual(kept.map((_, index) => index + 1));
    expect(kept[0]).toMatchObject({ type: "ExecutionStarted", previousEventId: 0 });
    expect(kept.at(-1)).toMatchObject({ type: "ExecutionSucceeded" });
    expect(kept.find(({ type }) => type === "TaskStateEntered")).toMatchObject({
      stateEnteredEventDetails: { name: "hello" },
    });
    expect(await eventsOf(run)).toEqual(kept);
    const snapshot = JSON.parse(fileOf(run, "run.json").toString()) as object;
    expect(snapshot).toMatchObject({ events: kept.length, run: { id: run, status: "SUCCEEDED" } });
  });

  it("is told of as failed, with the error of its step", async () => {
    const run = await startEvent("nobody", "event-2");
    await endOf(run);
    await deliver(newsOf(run));
    expect(await control.run(run)).toMatchObject({
      status: "FAILED",
      error: { name: "Step.Failed", cause: expect.stringContaining("There is nobody.") },
      input: { name: "nobody" },
      output: null,
    });
  });

  it("has the same snapshot however often, and in whatever order, the log is delivered", async () => {
    const run = await startEvent("Ben", "event-3");
    await endOf(run);
    const [began, ended] = [newsOf(run).slice(0, 1), newsOf(run).slice(1)];
    const bodies = () => filesOf(run).map((key) => world.s3.objects.get(key)?.body.toString("hex"));
    await deliver(ended);
    const first = bodies();
    await deliver(began);
    await deliver(ended);
    await deliver(newsOf(run));
    expect(bodies()).toEqual(first);
    expect(await control.run(run)).toMatchObject({ status: "SUCCEEDED" });
  });

  it("is waited for while the log lags, and left to a later attempt if it lags for long", async () => {
    const run = await startEvent("Cleo", "event-4");
    await endOf(run);
    world.logs.lag = 1;
    await recordSoon(newsOf(run));
    expect(filesOf(run)).toHaveLength(7);
    const other = await startEvent("Dora", "event-5");
    await endOf(other);
    world.logs.lag = Number.POSITIVE_INFINITY;
    await expect(recordSoon(newsOf(other))).rejects.toThrow("1 of 1 runs: The log does not show");
    expect(filesOf(other)).toEqual([]);
    world.logs.lag = 0;
    await recordSoon(newsOf(other));
    expect(filesOf(other)).toHaveLength(7);
  });

  it("is recorded without an event that the log has lost", async () => {
    const run = await startEvent("Kim", "event-11");
    await endOf(run);
    const lost = world.logs.lines.findIndex((line) => linesOf(run).indexOf(line) === 4);
    world.logs.lines.splice(lost, 1);
    await recordSoon(newsOf(run));
    expect(await control.run(run)).toMatchObject({ status: "SUCCEEDED", digest: world.digest });
    const types = (await eventsOf(run)).map(({ id }) => id);
    expect(types).not.toContain(5);
    expect(types.length).toBe(linesOf(run).length);
  });

  it("whose end was never delivered is found by the sweep, and so is one that the log lost", async () => {
    const run = await startEvent("Lea", "event-12");
    await endOf(run);
    const other = await startEvent("Max", "event-13");
    await endOf(other);
    const logged = linesOf(run);
    const beginnings = [...newsOf(run).slice(0, 1), ...newsOf(other).slice(0, 1)];
    world.logs.lines.splice(0, world.logs.lines.length, ...beginnings);
    await deliver(beginnings);
    expect(await control.runs({ status: "RUNNING" })).toHaveLength(2);
    world.logs.lines.splice(0, world.logs.lines.length, ...logged);
    const swept = await sweepLater();
    expect(swept.repaired).toEqual([run]);
    expect(swept.stuck).toMatchObject([{ run: other, reason: "unknown to Step Functions" }]);
    expect(await control.run(run)).toMatchObject({ status: "SUCCEEDED" });
    expect(filesOf(run)).toHaveLength(7);
  });

  it("counts only the last attempt of one that Step Functions carries out again", async () => {
    const run = await startEvent("Eve", "event-6");
    await endOf(run);
    const lines = linesOf(run);
    const [arn = ""] = arnsOf(run);
    const earlier = lines.slice(0, 3).map((line) => {
      const { details, ...rest } = JSON.parse(line.message) as {
        details: object;
        event_timestamp: string;
      };
      const at = String(Number(rest.event_timestamp) - 5_000);
      return {
        ...line,
        timestamp: Number(at),
        message: JSON.stringify({ ...rest, event_timestamp: at, details: { ...details, lost: 1 } }),
      };
    });
    world.logs.lines.push(...earlier);
    await deliver(newsOf(run));
    const history = gunzipSync(fileOf(run, "history.jsonl.gz")).toString();
    expect(history).not.toContain("lost");
    expect(history.trim().split("\n")).toHaveLength(lines.length);
    expect(arn).toContain(":express:");
  });

  it("leaves alone what is of no run of the environment", async () => {
    const started = {
      id: 1,
      previousEventId: 0,
      timestamp: new Date(),
      type: "ExecutionStarted",
    } as Parameters<typeof logLine>[1];
    const foreign = "arn:aws:states:us-east-1:000000000000:express:espalier-other-probe:r:u";
    const standard = "arn:aws:states:us-east-1:000000000000:execution:espalier-test-probe:r";
    const garbled = { ...logLine(foreign, started), message: "START" };
    await deliver([logLine(foreign, started), logLine(standard, started), garbled]);
    await deliver([logLine(foreign, started)], "CONTROL_MESSAGE");
    await expect(control.run("r")).rejects.toMatchObject({ code: "RunNotFound" });
  });
});

describe("Control, of an express run", () => {
  it("starts it, and knows it before the log has told of it", async () => {
    const request = {
      workflow: "probe",
      input: { name: "Ada" },
      principal: "ben@example.com",
      customer: "acme",
      name: "mine",
    };
    expect(await control.startRun(request)).toMatchObject({
      id: "mine",
      status: "RUNNING",
      principal: "ben@example.com",
      customer: "acme",
      digest: world.digest,
    });
    await endOf("mine");
    // The log has the end; the record follows as soon as somebody looks.
    expect(await control.run("mine")).toMatchObject({
      status: "SUCCEEDED",
      input: { name: "Ada" },
      output: { text: "Hello, Ada!" },
    });
    const before = await eventsOf("mine");
    expect(before.at(-1)?.type).toBe("ExecutionSucceeded");
    expect(await eventsOf("mine", { after: 3, follow: true })).toEqual(before.slice(3));
    await deliver(newsOf("mine"));
    expect(filesOf("mine")).toHaveLength(7);
    expect(await eventsOf("mine")).toEqual(before);
    await control.startRun(request);
    expect(arnsOf("mine")).toHaveLength(1);
    await expect(control.startRun({ ...request, input: { name: "B" } })).rejects.toMatchObject({
      code: "RunExists",
    });
  });

  it("finds one that nobody has reported, by the claim of its name", async () => {
    const run = await startEvent("Finn", "event-7");
    await endOf(run);
    expect(await control.run(run)).toMatchObject({ status: "SUCCEEDED", principal: "trigger:0" });
  });

  it("says in a sentence what Step Functions cannot do with it", async () => {
    const run = await startEvent("Gus", "event-8");
    await endOf(run);
    await expect(control.stopRun(run, "no")).rejects.toMatchObject({
      code: "RunNotStoppable",
      message: expect.stringContaining("Step Functions cannot stop"),
    });
    await expect(control.redriveRun(run)).rejects.toMatchObject({
      code: "RunNotRedrivable",
      message: expect.stringContaining("Step Functions cannot redrive"),
    });
  });
});

describe("the intake of an express workflow", () => {
  it("starts one run for an event that is delivered many times", async () => {
    const deliveries = await Promise.all(
      Array.from({ length: 8 }, () => startEvent("Hal", "event-9")),
    );
    const [run = ""] = deliveries;
    expect(new Set(deliveries)).toEqual(new Set([run]));
    await startEvent("Hal", "event-9");
    expect(arnsOf(run)).toHaveLength(1);
    await endOf(run);
    expect(effects.tallied).toHaveLength(1);
  });

  it("lets a second execution of a name have no effect of its own", async () => {
    const run = await startEvent("Ida", "event-10");
    await endOf(run);
    const [arn = ""] = arnsOf(run);
    const { input = "" } = linesOf(run)
      .map((line) => JSON.parse(line.message) as { details: { input?: string } })
      .map(({ details }) => details)[0] as { input?: string };
    // As after a crash between the start and what notes it.
    await world.engine.startExecution({
      stateMachineArn: arn.split(":").slice(0, 7).join(":").replace(":express:", ":stateMachine:"),
      name: run,
      input,
    });
    await endOf(run, 2);
    expect(arnsOf(run)).toHaveLength(2);
    expect(effects.tallied).toHaveLength(1);
    // The first that ended is the run.
    await deliver(newsOf(run));
    const snapshot = fileOf(run, "history.jsonl.gz");
    await deliver(newsOf(run).reverse());
    expect(fileOf(run, "history.jsonl.gz")).toEqual(snapshot);
    expect((await control.runs({ limit: 100 })).filter(({ id }) => id === run)).toHaveLength(1);
  });
});
