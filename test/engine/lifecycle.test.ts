import { describe, expect, it } from "vitest";
import {
  type Engine,
  type EngineError,
  type TaskCall,
  TaskError,
  VirtualClock,
} from "../../lib/engine/index.ts";
import { engineOf, only, seen } from "./engine-of.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const ASK = `${LAMBDA}.waitForTaskToken`;

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => "resolved",
    (error: EngineError) => error.name,
  );

async function create(engine: Engine, definition: object, name = "machine"): Promise<string> {
  const { stateMachineArn } = await engine.createStateMachine({
    name,
    definition: { QueryLanguage: "JSONata", ...definition },
  });
  return stateMachineArn;
}

describe("a task token", () => {
  async function asked(state: object = {}, clock = new VirtualClock()) {
    let token = "";
    let submitted = () => {};
    const waiting = new Promise<void>((resolve) => {
      submitted = resolve;
    });
    const engine = await engineOf(async (task) => {
      token = task.taskToken ?? "";
      setImmediate(submitted);
      return { sent: true };
    }, clock);
    const stateMachineArn = await create(
      engine,
      only({
        Type: "Task",
        Resource: ASK,
        Arguments: { t: "{% $states.context.Task.Token %}" },
        ...state,
      }),
    );
    const { executionArn } = await engine.startExecution({ stateMachineArn });
    await waiting;
    return { engine, executionArn, token, clock };
  }

  it("is waited for until its task has ended, however it ends", async () => {
    const { engine, token, executionArn } = await asked();
    expect(engine.isWaiting(token)).toBe(true);
    await engine.stopExecution({ executionArn });
    expect(engine.isWaiting(token)).toBe(false);
    expect(engine.isWaiting("nonsense")).toBe(false);
  });

  it("ends its task with a result", async () => {
    const { engine, executionArn, token } = await asked();
    await engine.sendTaskSuccess({ taskToken: token, output: '{"ok":true}' });
    expect(JSON.parse((await engine.waitForEnd(executionArn)).output ?? "")).toEqual({ ok: true });
    expect((await seen(engine, executionArn)).chain).toEqual([
      "1<0 ExecutionStarted",
      "2<0 TaskStateEntered",
      "3<2 TaskScheduled",
      "4<3 TaskStarted",
      "5<4 TaskSubmitted",
      "6<5 TaskSucceeded",
      "7<6 TaskStateExited",
      "8<7 ExecutionSucceeded",
    ]);
  });
  it("ends its task with a failure", async () => {
    const { engine, executionArn, token } = await asked();
    await engine.sendTaskFailure({ taskToken: token, error: "No", cause: "never" });
    expect(await engine.waitForEnd(executionArn)).toMatchObject({ error: "No", cause: "never" });
  });
  it("counts once", async () => {
    const { engine, token } = await asked();
    await engine.sendTaskSuccess({ taskToken: token, output: "1" });
    expect(await rejection(engine.sendTaskSuccess({ taskToken: token, output: "2" }))).toBe(
      "TaskTimedOut",
    );
    expect(await rejection(engine.sendTaskHeartbeat({ taskToken: "made up" }))).toBe(
      "InvalidToken",
    );
  });
  it("wants JSON", async () => {
    const { engine, token } = await asked();
    expect(await rejection(engine.sendTaskSuccess({ taskToken: token, output: "{" }))).toBe(
      "InvalidOutput",
    );
  });
  it("is kept alive by heartbeats", async () => {
    const { engine, executionArn, token, clock } = await asked({
      HeartbeatSeconds: 10,
      Retry: [{ ErrorEquals: ["Other"] }],
    });
    for (let i = 0; i < 5; i++) {
      clock.advance(9_000);
      await engine.sendTaskHeartbeat({ taskToken: token });
    }
    expect((await engine.describeExecution({ executionArn })).status).toBe("RUNNING");
    clock.advance(10_000);
    expect((await engine.waitForEnd(executionArn)).error).toBe("States.Timeout");
  });
  it("may come back early in several branches, and each state still ends once", async () => {
    const engine: Engine = await engineOf(async (task) => {
      await engine.sendTaskSuccess({ taskToken: task.taskToken ?? "", output: "1" });
      return {};
    });
    const ask = {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Arguments: { FunctionName: "f", Payload: "{% $states.context.Task.Token %}" },
      Output: "{% $count([1]) %}",
      End: true,
    };
    const { stateMachineArn } = await engine.createStateMachine({
      name: "early",
      definition: {
        QueryLanguage: "JSONata",
        StartAt: "Each",
        States: {
          Each: {
            Type: "Map",
            Items: [1, 2, 3],
            ItemProcessor: { StartAt: "Ask", States: { Ask: ask } },
            Next: "Later",
          },
          Later: { Type: "Wait", Seconds: 5, End: true },
        },
      },
    });
    const { executionArn } = await engine.startExecution({ stateMachineArn });
    expect((await engine.waitForEnd(executionArn)).status).toBe("SUCCEEDED");
    const { events } = await engine.getExecutionHistory({ executionArn });
    const exits = events.filter(
      ({ type }) => type === "TaskStateExited" || type === "WaitStateExited",
    );
    expect(exits).toHaveLength(4);
  });

  it("may come back before its task has been submitted", async () => {
    const engine: Engine = await engineOf(async (task) => {
      await engine.sendTaskSuccess({ taskToken: task.taskToken ?? "", output: '"early"' });
      return null;
    });
    const stateMachineArn = await create(engine, only({ Type: "Task", Resource: ASK }));
    const { executionArn } = await engine.startExecution({ stateMachineArn });
    expect((await engine.waitForEnd(executionArn)).output).toBe('"early"');
    expect((await seen(engine, executionArn)).chain.slice(4, 6)).toEqual([
      "5<4 TaskSubmitted",
      "6<5 TaskSucceeded",
    ]);
  });
});

describe("a heartbeat that does not come", () => {
  it("is caught as States.HeartbeatTimeout", async () => {
    const engine = await engineOf(async () => null);
    const stateMachineArn = await create(engine, {
      StartAt: "T",
      States: {
        T: {
          Type: "Task",
          Resource: ASK,
          HeartbeatSeconds: 3,
          Catch: [{ ErrorEquals: ["States.HeartbeatTimeout"], Output: "quiet", Next: "Z" }],
          End: true,
        },
        Z: { Type: "Succeed" },
      },
    });
    const { executionArn } = await engine.startExecution({ stateMachineArn });
    expect((await engine.waitForEnd(executionArn)).output).toBe('"quiet"');
  });
});

describe("a nested execution", () => {
  const inner = only({ Type: "Pass", Output: { doubled: "{% $states.input.n * 2 %}" } });
  const outer = (arn: string, pattern: string) =>
    only({
      Type: "Task",
      Resource: `arn:aws:states:::states:startExecution${pattern}`,
      Arguments: { StateMachineArn: arn, Input: { n: 4 } },
    });

  it.each([
    ["", undefined],
    [".sync", '{"doubled":8}'],
    [".sync:2", { doubled: 8 }],
  ])("started with '%s' gives %j", async (pattern, Output) => {
    const engine = await engineOf();
    const arn = await create(engine, inner, "inner");
    const { executionArn } = await engine.startExecution({
      stateMachineArn: await create(engine, outer(arn, pattern), "outer"),
    });
    const { output } = await engine.waitForEnd(executionArn);
    const result = JSON.parse(output ?? "{}") as { Output?: unknown; ExecutionArn: string };
    expect(result.Output).toEqual(Output);
    expect((await engine.waitForEnd(result.ExecutionArn)).status).toBe("SUCCEEDED");
  });
  it("that fails, or cannot start, fails its task", async () => {
    const engine = await engineOf();
    const arn = await create(
      engine,
      { StartAt: "F", States: { F: { Type: "Fail", Error: "E" } } },
      "inner",
    );
    const failing = await engine.startExecution({
      stateMachineArn: await create(engine, outer(arn, ".sync"), "outer"),
    });
    expect((await engine.waitForEnd(failing.executionArn)).error).toBe("States.TaskFailed");
    const nowhere = arn.replace("inner", "nobody");
    const lost = await engine.startExecution({
      stateMachineArn: await create(engine, outer(nowhere, ""), "lost"),
    });
    expect((await engine.waitForEnd(lost.executionArn)).error).toBe(
      "StepFunctions.StateMachineDoesNotExistException",
    );
  });
});

describe("an execution", () => {
  it("is the same for the same name and input while it runs", async () => {
    const engine = await engineOf(async () => new Promise(() => {}));
    const stateMachineArn = await create(engine, only({ Type: "Task", Resource: LAMBDA }));
    const start = (input: string) => engine.startExecution({ stateMachineArn, name: "one", input });
    const { executionArn } = await start("{}");
    expect((await start("{}")).executionArn).toBe(executionArn);
    expect(await rejection(start("[]"))).toBe("ExecutionAlreadyExists");
    await engine.stopExecution({ executionArn });
    expect(await rejection(start("{}"))).toBe("ExecutionAlreadyExists");
  });
  it.each([
    [{ input: "{" }, "InvalidExecutionInput"],
    [{ input: JSON.stringify("x".repeat(262_144)) }, "InvalidExecutionInput"],
    [{ name: "a/b" }, "InvalidName"],
    [
      { stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:none" },
      "StateMachineDoesNotExist",
    ],
    [{ stateMachineArn: "none" }, "InvalidArn"],
  ])("is not started with %j", async (bad, name) => {
    const engine = await engineOf();
    const stateMachineArn = await create(engine, only({ Type: "Pass" }));
    expect(await rejection(engine.startExecution({ stateMachineArn, ...bad }))).toBe(name);
  });
  it("keeps its definition when the machine is changed or deleted", async () => {
    const calls: TaskCall[] = [];
    let release = () => {};
    const engine = await engineOf(async (task) => {
      calls.push(task);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return null;
    });
    const stateMachineArn = await create(engine, {
      StartAt: "T",
      States: {
        T: { Type: "Task", Resource: LAMBDA, Next: "P" },
        P: { Type: "Pass", Output: "old", End: true },
      },
    });
    const { executionArn } = await engine.startExecution({ stateMachineArn });
    await engine.updateStateMachine({
      stateMachineArn,
      definition: only({ Type: "Pass", Result: "new" }),
    });
    await engine.deleteStateMachine({ stateMachineArn });
    release();
    expect((await engine.waitForEnd(executionArn)).output).toBe('"old"');
    expect(calls).toHaveLength(1);
  });
  it("is stopped, aborting what is under way", async () => {
    const engine = await engineOf(async () => new Promise(() => {}));
    const branch = { StartAt: "T", States: { T: { Type: "Task", Resource: LAMBDA, End: true } } };
    const stateMachineArn = await create(
      engine,
      only({ Type: "Parallel", Branches: [branch, branch] }),
    );
    const { executionArn } = await engine.startExecution({ stateMachineArn });
    await engine.stopExecution({ executionArn, error: "Enough", cause: "no more" });
    expect(await engine.describeExecution({ executionArn })).toMatchObject({
      status: "ABORTED",
      error: "Enough",
      cause: "no more",
    });
    expect((await seen(engine, executionArn)).chain.slice(-4)).toEqual([
      "10<6 TaskStateAborted",
      "11<9 TaskStateAborted",
      "12<3 ParallelStateAborted",
      "13<0 ExecutionAborted",
    ]);
  });
  it("tells its listeners every event, in order", async () => {
    const engine = await engineOf();
    const heard: number[] = [];
    const stop = engine.subscribe(({ event }) => heard.push(event.id));
    const stateMachineArn = await create(engine, only({ Type: "Pass" }));
    const { executionArn } = await engine.startExecution({ stateMachineArn });
    await engine.waitForEnd(executionArn);
    stop();
    expect(heard).toEqual([1, 2, 3, 4]);
  });
});

describe("redrive", () => {
  it("goes on from what failed, and leaves alone what had succeeded", async () => {
    const invoked: string[] = [];
    let broken = true;
    const engine = await engineOf(async (task) => {
      const { n } = task.arguments as { n: number };
      invoked.push(`${task.stateName}${n}`);
      if (task.stateName === "Each" && n === 2 && broken)
        throw new TaskError("Down", "out of order");
      return n;
    });
    const work = (more: object) => ({
      Type: "Task",
      Resource: LAMBDA,
      Arguments: { n: "{% $states.input %}" },
      ...more,
    });
    const stateMachineArn = await create(engine, {
      StartAt: "First",
      States: {
        First: work({ Next: "All" }),
        All: {
          Type: "Map",
          Items: [1, 2, 3],
          MaxConcurrency: 1,
          ItemProcessor: { StartAt: "Each", States: { Each: work({ End: true }) } },
          End: true,
        },
      },
    });
    const { executionArn } = await engine.startExecution({ stateMachineArn, input: "0" });
    expect(await engine.waitForEnd(executionArn)).toMatchObject({
      status: "FAILED",
      error: "Down",
      redriveStatus: "REDRIVABLE",
    });
    expect(invoked).toEqual(["First0", "Each1", "Each2"]);
    broken = false;
    await engine.redriveExecution({ executionArn });
    expect(await engine.waitForEnd(executionArn)).toMatchObject({
      status: "SUCCEEDED",
      output: "[1,2,3]",
      redriveCount: 1,
    });
    expect(invoked).toEqual(["First0", "Each1", "Each2", "Each2", "Each3"]);
    expect(
      (await seen(engine, executionArn)).chain.some((event) => event.endsWith("ExecutionRedriven")),
    ).toBe(true);
    expect(await rejection(engine.redriveExecution({ executionArn }))).toBe(
      "ExecutionNotRedrivable",
    );
  });
  it("takes up a stopped wait and a failed Fail", async () => {
    const engine = await engineOf(undefined, new VirtualClock());
    const arn = await create(engine, { StartAt: "F", States: { F: { Type: "Fail", Error: "E" } } });
    const { executionArn } = await engine.startExecution({ stateMachineArn: arn });
    await engine.waitForEnd(executionArn);
    await engine.redriveExecution({ executionArn });
    expect((await engine.waitForEnd(executionArn)).error).toBe("E");
  });
});

describe("lists", () => {
  it("come in pages, newest first", async () => {
    const engine = await engineOf();
    const stateMachineArn = await create(engine, only({ Type: "Pass" }));
    for (const name of ["a", "b", "c"])
      await engine.waitForEnd(
        (await engine.startExecution({ stateMachineArn, name })).executionArn,
      );
    const first = await engine.listExecutions({ stateMachineArn, maxResults: 2 });
    const second = await engine.listExecutions({
      stateMachineArn,
      maxResults: 2,
      nextToken: first.nextToken,
    });
    expect([...first.executions, ...second.executions].map(({ name }) => name)).toEqual([
      "c",
      "b",
      "a",
    ]);
    expect(second.nextToken).toBeUndefined();
    expect((await engine.listExecutions({ statusFilter: "FAILED" })).executions).toEqual([]);
    expect(await rejection(engine.listExecutions({ nextToken: "?" }))).toBe("InvalidToken");
  });
});
