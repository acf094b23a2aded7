/**
 * The process that the crash test kills: it keeps a few executions running on a folder and says
 * on its output, before anything else happens, what the engine has acknowledged.
 *
 *     node crash-workload.js FOLDER start|drain
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import {
  Engine,
  type EngineClock,
  EngineError,
  type HistoryEvent,
  SystemClock,
  type TaskCall,
  TaskError,
} from "../../lib/engine/index.ts";
import { child, everything } from "./crash-machines.ts";

const [folder = "", mode = ""] = process.argv.slice(2);
const AT_ONCE = 4;

/** Pipes are written at once, so what is said has happened even if the next line is never run. */
function say(message: object): void {
  fs.writeSync(1, `${JSON.stringify(message)}\n`);
}

/** Time passes fifty times as fast, so that waits and retries of seconds are over in no time. */
class FastClock implements EngineClock {
  readonly #clock = new SystemClock();
  now(): number {
    return this.#clock.now() * 50;
  }
  setTimer(at: number, fn: () => void): () => void {
    return this.#clock.setTimer(Math.ceil(at / 50), fn);
  }
}

/** The outside world's memory of the questions that it was asked: survives the process. */
const questions = path.join(folder, "..", "questions.jsonl");

async function invoke(call: TaskCall): Promise<unknown> {
  const { FunctionName: name, Payload } = call.arguments as {
    FunctionName: string;
    Payload: { key: string; value?: unknown; token?: string };
  };
  const round = name === "round" ? `${call.executionArn}` : "";
  const key = `${Payload.key}${call.retryCount}`;
  say({ invoked: key, token: Payload.token, round });
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
  switch (name) {
    case "flaky":
      if (call.retryCount < 2) throw new TaskError("Flaky", key);
      return { key, value: "mended" };
    case "broken":
      throw new TaskError("Broken", key);
    case "double":
      return { key, value: 2 * (Payload.value as number) };
    case "ask":
      fs.appendFileSync(questions, `${JSON.stringify({ key, token: Payload.token })}\n`);
      setTimeout(() => void reply(key, Payload.token ?? ""), Math.random() * 10);
      return { key: `${key}asked` };
    default:
      return { key, value: Payload.value };
  }
}

async function reply(key: string, token: string): Promise<void> {
  try {
    await engine.sendTaskSuccess({
      taskToken: token,
      output: JSON.stringify({ key, value: "yes" }),
    });
  } catch (error) {
    if (!(error instanceof EngineError && error.name === "TaskTimedOut")) throw error;
  }
}

const brief = (event: HistoryEvent): unknown => ({ ...event, timestamp: undefined });

const engine = await Engine.open({ directory: folder, clock: new FastClock(), invoke });
engine.subscribe(({ executionArn, event }) => say({ arn: executionArn, event: brief(event) }));

// What a restart finds, before it goes on with anything.
const { executions } = await engine.listExecutions({ statusFilter: "RUNNING", maxResults: 1000 });
for (const { executionArn } of executions) {
  const { events } = await engine.getExecutionHistory({ executionArn, maxResults: 1000 });
  say({ found: executionArn, events: events.map(brief) });
}
say({ ready: true });

const { stateMachineArn: childArn } = await engine.createStateMachine({
  name: "child",
  definition: child,
});
const { stateMachineArn } = await engine.createStateMachine({
  name: "everything",
  definition: everything(childArn),
});

if (fs.existsSync(questions)) {
  for (const line of fs.readFileSync(questions, "utf8").split("\n")) {
    // A question whose last line was cut off is asked again, as its task has not answered.
    if (!line.endsWith("}")) continue;
    const { key, token } = JSON.parse(line) as { key: string; token: string };
    void reply(key, token);
  }
}

async function run(name: string): Promise<void> {
  const input = JSON.stringify({ fails: name.startsWith("bad") });
  const { executionArn } = await engine.startExecution({ stateMachineArn, name, input });
  say({ started: executionArn });
  await engine.waitForEnd(executionArn);
}

const running = await engine.listExecutions({
  stateMachineArn,
  statusFilter: "RUNNING",
  maxResults: 1000,
});

async function keepBusy(resumed?: string): Promise<void> {
  if (resumed !== undefined) await engine.waitForEnd(resumed);
  while (mode === "start") await run(`${Math.random() < 0.1 ? "bad" : "good"}-${randomUUID()}`);
}

const lanes = running.executions.map(({ executionArn }) => keepBusy(executionArn));
if (mode === "start") while (lanes.length < AT_ONCE) lanes.push(keepBusy());
await Promise.all(lanes);
// Nested executions may be left that no execution waits for any more.
for (const { executionArn } of (
  await engine.listExecutions({ statusFilter: "RUNNING", maxResults: 1000 })
).executions) {
  await engine.waitForEnd(executionArn);
}
say({ drained: true });
await engine.close();
