/** Kills the engine's process at random moments: nothing acknowledged is lost or done twice. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Engine,
  type ExecutionListItem,
  type HistoryEvent,
  TaskError,
  VirtualClock,
} from "../../lib/engine/index.ts";
import { child, everything } from "./crash-machines.ts";

const KILLS = Number(process.env.CRASH_KILLS ?? 200);
/** Repeats a failing run's moments; the machine's load does the rest. */
const SEED = 20261121;

interface Message {
  ready?: true;
  drained?: true;
  started?: string;
  invoked?: string;
  round?: string;
  arn?: string;
  event?: HistoryEvent;
  found?: string;
  events?: HistoryEvent[];
}

let folder = "";
let program = "";

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "espalier-crash-"));
  program = path.join(folder, "workload.mjs");
  await build({
    entryPoints: [path.join(import.meta.dirname, "crash-workload.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** What the outside world knows: only what the engine has told it. */
class World {
  readonly acknowledged = new Map<string, Map<number, string>>();
  readonly started = new Set<string>();
  readonly ended = new Set<string>();
  readonly problems: string[] = [];
  events = 0;
  invocations = 0;

  hear(message: Message): void {
    if (message.started !== undefined) this.started.add(message.started);
    if (message.invoked !== undefined) this.#invoked(message.invoked);
    if (message.arn !== undefined && message.event !== undefined) {
      this.#acknowledge(message.arn, message.event);
      this.events++;
    }
    if (message.found !== undefined) this.compare(message.found, message.events ?? []);
  }

  /** Everything acknowledged must be in a history, as it was; what is there has happened. */
  compare(arn: string, events: readonly HistoryEvent[]): void {
    const found = new Map(events.map((event) => [event.id, event]));
    for (const [id, text] of this.acknowledged.get(arn) ?? []) {
      const event = found.get(id);
      if (event === undefined) this.problems.push(`${arn}: event ${id} is lost: ${text}`);
      else if (textOf(event) !== text)
        this.problems.push(`${arn}: event ${id} changed: ${text} / ${textOf(event)}`);
    }
    for (const event of events) this.#acknowledge(arn, event);
  }

  #acknowledge(arn: string, event: HistoryEvent): void {
    const events = this.acknowledged.get(arn) ?? new Map<number, string>();
    this.acknowledged.set(arn, events.set(event.id, textOf(event)));
    const key = taskKey(event);
    if (key !== undefined) this.ended.add(key);
  }

  #invoked(key: string): void {
    this.invocations++;
    // The loop of the workload runs "round" several times; its key is the same each time.
    if (this.ended.has(key) && !key.includes("/round/"))
      this.problems.push(`${key} had ended and was run again`);
  }
}

function textOf(event: HistoryEvent): string {
  return JSON.stringify({ ...event, timestamp: undefined });
}

/** The key of the task that an event ends. */
function taskKey(event: HistoryEvent): string | undefined {
  if (event.type === "TaskFailed") return String(event.taskFailedEventDetails?.cause);
  if (event.type !== "TaskSucceeded") return undefined;
  const output = JSON.parse(String(event.taskSucceededEventDetails?.output)) as { key?: string };
  return output.key;
}

function start(
  mode: "start" | "drain",
  world: World,
): {
  process: ChildProcess;
  ready: Promise<void>;
  closed: Promise<number | null>;
  errors: string[];
} {
  const process_ = spawn(process.execPath, [program, path.join(folder, "data"), mode], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors: string[] = [];
  process_.stderr?.on("data", (bytes: Buffer) => errors.push(bytes.toString()));
  let begin = () => {};
  const ready = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const lines = readline.createInterface({ input: process_.stdout as NodeJS.ReadableStream });
  lines.on("line", (line) => {
    // The last line of a killed process may be cut short: then nobody has heard it.
    if (!line.endsWith("}")) return;
    const message = JSON.parse(line) as Message;
    world.hear(message);
    if (message.ready) begin();
  });
  const closed = new Promise<number | null>((resolve) => {
    const done = { code: null as number | null, exited: false, read: false };
    const check = () => {
      if (done.exited && done.read) {
        begin();
        resolve(done.code);
      }
    };
    process_.on("exit", (code) => {
      done.code = code;
      done.exited = true;
      check();
    });
    lines.on("close", () => {
      done.read = true;
      check();
    });
  });
  return { process: process_, ready, closed, errors };
}

/** The same executions, uninterrupted and in memory. */
async function uninterrupted(fails: boolean): Promise<{ end: object; types: string[] }> {
  const answers: Promise<void>[] = [];
  const engine = await Engine.open({
    clock: new VirtualClock({ auto: true }),
    async invoke(call) {
      const { FunctionName: name, Payload } = call.arguments as {
        FunctionName: string;
        Payload: { value?: unknown; token?: string };
      };
      if (name === "flaky" && call.retryCount < 2) throw new TaskError("Flaky", "");
      if (name === "broken") throw new TaskError("Broken", "");
      if (name === "flaky") return { value: "mended" };
      if (name === "double") return { value: 2 * (Payload.value as number) };
      if (name !== "ask") return { value: Payload.value };
      answers.push(
        engine.sendTaskSuccess({ taskToken: Payload.token ?? "", output: '{"value":"yes"}' }),
      );
      return {};
    },
  });
  const { stateMachineArn: childArn } = await engine.createStateMachine({
    name: "child",
    definition: child,
  });
  const { stateMachineArn } = await engine.createStateMachine({
    name: "everything",
    definition: everything(childArn),
  });
  const { executionArn } = await engine.startExecution({
    stateMachineArn,
    input: JSON.stringify({ fails }),
  });
  const { status, output, error, cause } = await engine.waitForEnd(executionArn);
  await Promise.all(answers);
  const { events } = await engine.getExecutionHistory({ executionArn, maxResults: 1000 });
  await engine.close();
  return { end: { status, output, error, cause }, types: events.map(({ type }) => type).sort() };
}

it(`ends every execution as if nothing had happened after ${KILLS} kills`, async () => {
  const world = new World();
  let random = SEED;
  const chance = () => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return random / 2 ** 32;
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const running = start("start", world);
    // Some are killed while they recover, most in the middle of their work.
    if (chance() > 0.2) await running.ready;
    await new Promise((resolve) => setTimeout(resolve, chance() * 120));
    running.process.kill("SIGKILL");
    await running.closed;
    expect(running.errors.join("")).toBe("");
  }
  const last = start("drain", world);
  const hung = setTimeout(() => last.process.kill("SIGKILL"), 60_000);
  expect(await last.closed, last.errors.join("")).toBe(0);
  clearTimeout(hung);

  const engine = await Engine.open({
    directory: path.join(folder, "data"),
    invoke: async () => null,
  });
  const expected = { true: await uninterrupted(true), false: await uninterrupted(false) };
  const executions: ExecutionListItem[] = [];
  let nextToken: string | undefined;
  do {
    const listed = await engine.listExecutions({ maxResults: 1000, nextToken });
    executions.push(...listed.executions);
    nextToken = listed.nextToken;
  } while (nextToken !== undefined);
  let whole = 0;
  for (const { executionArn, stateMachineArn, status } of executions) {
    expect(status, executionArn).not.toBe("RUNNING");
    const { events } = await engine.getExecutionHistory({ executionArn, maxResults: 1000 });
    world.compare(executionArn, events);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
    if (!stateMachineArn.endsWith(":everything")) continue;
    const {
      input,
      status: end,
      output,
      error,
      cause,
    } = await engine.describeExecution({ executionArn });
    const { fails } = JSON.parse(input) as { fails: boolean };
    expect({ status: end, output, error, cause }, executionArn).toEqual(expected[`${fails}`].end);
    expect(events.map(({ type }) => type).sort(), executionArn).toEqual(expected[`${fails}`].types);
    whole++;
  }
  for (const arn of world.started)
    expect(
      executions.some(({ executionArn }) => executionArn === arn),
      arn,
    ).toBe(true);
  await engine.close();
  expect(world.problems).toEqual([]);
  expect(whole).toBeGreaterThan(KILLS / 10);
  console.info(
    `crash test: ${KILLS} kills, ${executions.length} executions (${world.started.size} acknowledged starts of ${whole} whole ones), ` +
      `${world.events} acknowledged events, ${world.invocations} task invocations, ${world.ended.size} tasks ended; none lost, none repeated`,
  );
}, 300_000);
