import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Engine, type EngineError, TaskError, type TaskInvoker } from "../../lib/engine/index.ts";
import { Journal } from "../../lib/engine/store/journal.ts";
import { lockFolder } from "../../lib/engine/store/lock.ts";
import { echo, only } from "./engine-of.ts";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "espalier-engine-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const open = (invoke: TaskInvoker = echo) => Engine.open({ directory: folder, invoke });
const journal = () => path.join(folder, "journal.jsonl");

async function create(engine: Engine, state: object): Promise<string> {
  const definition = { QueryLanguage: "JSONata", ...only(state) };
  return (await engine.createStateMachine({ name: "machine", definition })).stateMachineArn;
}

async function refusal(promise: Promise<unknown>): Promise<EngineError> {
  return promise.then(
    () => {
      throw new Error("was not refused");
    },
    (error: EngineError) => error,
  );
}

describe("a folder", () => {
  it("keeps machines, versions, executions and their histories", async () => {
    const before = await open();
    const stateMachineArn = await create(before, {
      Type: "Pass",
      Output: { n: "{% $random() %}" },
    });
    const { stateMachineVersionArn } = await before.publishStateMachineVersion({ stateMachineArn });
    const { executionArn } = await before.startExecution({ stateMachineArn, name: "a" });
    const end = await before.waitForEnd(executionArn);
    const { events } = await before.getExecutionHistory({ executionArn });
    await before.close();

    const after = await open();
    expect(await after.describeExecution({ executionArn })).toEqual(end);
    expect((await after.getExecutionHistory({ executionArn })).events).toEqual(events);
    const again = await after.startExecution({
      stateMachineArn: stateMachineVersionArn,
      name: "b",
    });
    expect((await after.waitForEnd(again.executionArn)).status).toBe("SUCCEEDED");
    expect((await refusal(after.startExecution({ stateMachineArn, name: "a" }))).name).toBe(
      "ExecutionAlreadyExists",
    );
    await after.close();
  });

  it("has its torn last line cut off", async () => {
    const before = await open();
    const stateMachineArn = await create(before, { Type: "Pass" });
    const { executionArn } = await before.startExecution({ stateMachineArn });
    await before.waitForEnd(executionArn);
    await before.close();
    const whole = fs.readFileSync(journal());
    fs.appendFileSync(journal(), '{"x":99,"r":[[0,1');
    await (await open()).close();
    expect(fs.readFileSync(journal())).toEqual(whole);
  });

  it("is refused, untouched, when a line in its middle is damaged", async () => {
    const before = await open();
    const stateMachineArn = await create(before, { Type: "Pass" });
    for (let i = 0; i < 3; i++)
      await before.waitForEnd((await before.startExecution({ stateMachineArn })).executionArn);
    await before.close();
    const lines = fs.readFileSync(journal(), "utf8").split("\n");
    fs.writeFileSync(journal(), [lines[0]?.slice(0, 40), ...lines.slice(1)].join("\n"));
    const damaged = fs.readFileSync(journal());
    expect((await refusal(open())).message).toContain("damaged");
    expect(fs.readFileSync(journal())).toEqual(damaged);
  });

  it("is refused, untouched, when its format is newer", async () => {
    fs.writeFileSync(path.join(folder, "format.json"), '{"format":2}');
    const error = await refusal(open());
    expect(error.name).toBe("FolderTooNew");
    expect(error.message).toContain("has format 2; this engine reads format 1");
    expect(fs.readdirSync(folder)).toEqual(["format.json"]);
  });

  it("is refused where it cannot be written", async () => {
    fs.writeFileSync(path.join(folder, "file"), "");
    const error = await refusal(
      Engine.open({ directory: path.join(folder, "file", "data"), invoke: echo }),
    );
    expect(error.name).toBe("FolderNotUsable");
  });

  it("is for one engine at a time", async () => {
    const engine = await open();
    const error = await refusal(open());
    expect(error.name).toBe("FolderInUse");
    expect(error.message).toContain(`in use by process ${process.pid}`);
    await engine.close();
    await (await open()).close();
  });

  it("is not blocked by the lock of a process that was killed, nor by a number used again", async () => {
    const other = spawn(process.execPath, ["-e", "setTimeout(()=>{},1e9)"]);
    const lock = path.join(folder, "lock");
    fs.writeFileSync(lock, JSON.stringify({ pid: other.pid, started: "before" }));
    lockFolder(folder)();
    const stat = fs.readFileSync(`/proc/${other.pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    fs.writeFileSync(lock, JSON.stringify({ pid: other.pid, started }));
    expect(() => lockFolder(folder)).toThrow(`in use by process ${other.pid}`);
    other.kill("SIGKILL");
    await once(other, "exit");
    lockFolder(folder)();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it("moves what has ended out of the journal, where it stays within reach", async () => {
    const before = await open(async () => {
      throw new TaskError("Down", "x".repeat(2_000));
    });
    const stateMachineArn = await create(before, {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
    });
    const names = Array.from({ length: 400 }, (_, i) => `run-${i}`);
    await Promise.all(
      names.map(async (name) =>
        before.waitForEnd((await before.startExecution({ stateMachineArn, name })).executionArn),
      ),
    );
    await before.close();
    expect(fs.statSync(journal()).size).toBeGreaterThan(1_000_000);

    await (await open()).close();
    expect(fs.statSync(journal()).size).toBe(0);

    const after = await open();
    const { executions, nextToken } = await after.listExecutions({
      statusFilter: "FAILED",
      maxResults: 300,
    });
    expect([executions.length, nextToken === undefined]).toEqual([300, false]);
    const executionArn = executions[7]?.executionArn ?? "";
    expect((await after.getExecutionHistory({ executionArn })).events.at(-1)?.type).toBe(
      "ExecutionFailed",
    );
    const name = String(executions[7]?.name);
    expect((await refusal(after.startExecution({ stateMachineArn, name }))).name).toBe(
      "ExecutionAlreadyExists",
    );
    await after.redriveExecution({ executionArn });
    expect(await after.waitForEnd(executionArn)).toMatchObject({
      status: "SUCCEEDED",
      redriveCount: 1,
    });
    await after.close();

    const last = await open();
    expect((await last.describeExecution({ executionArn })).status).toBe("SUCCEEDED");
    await last.close();
  });
});

describe("a disk that is full", () => {
  it("acknowledges nothing", async () => {
    const full = new Journal("/dev/full");
    full.append("{}");
    const outcome = await new Promise<string>((resolve) => {
      full.whenDurable({
        done: () => resolve("acknowledged"),
        failed: (error) => resolve(error.message),
      });
    });
    expect(outcome).toContain("cannot write /dev/full: ENOSPC");
    const later = await new Promise<string>((resolve) => {
      full.whenDurable({
        done: () => resolve("acknowledged"),
        failed: (error) => resolve(error.name),
      });
    });
    expect(later).toBe("StorageFailure");
  });
});
