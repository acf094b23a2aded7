import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../lib/runtime/control.ts";
import { createTimeline, type TimelineStep, timeline } from "../../lib/runtime/timeline.ts";

/** `[id, previous, type, details]`, a second apart, as GetExecutionHistory gives them. */
type Row = readonly [number, number, string, (Record<string, unknown> | undefined)?];

function history(rows: readonly Row[]): RunEvent[] {
  return rows.map(([id, previousEventId, type, details]) => ({
    id,
    previousEventId,
    type,
    timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, id)).toISOString(),
    ...(details && { [`${type}EventDetails`]: details }),
  }));
}

const step = (id: string, kind: string, parent: string | null = null): TimelineStep => ({
  id,
  kind,
  state: kind === "set" || kind === "repeat" ? null : id,
  parent,
});

const seen = (rows: readonly Row[], steps: readonly TimelineStep[] = []) =>
  timeline(history(rows), steps).map(({ step, iteration, outcome }) =>
    [step, iteration, outcome].join("|"),
  );

const payload = (input: unknown) =>
  JSON.stringify({ FunctionName: "f", Payload: { run: {}, step: { id: "s" }, input, config: {} } });
const answer = (output: unknown) =>
  JSON.stringify({ ExecutedVersion: "1", Payload: output, StatusCode: 200 });

describe("timeline", () => {
  it("shows what a step itself was given and gave, not the frame around it", () => {
    const [row] = timeline(
      history([
        [1, 0, "ExecutionStarted", { input: "{}" }],
        [2, 0, "TaskStateEntered", { name: "a", input: '{"frame":true}' }],
        [3, 2, "TaskScheduled", { resourceType: "lambda", parameters: payload({ x: 1 }) }],
        [4, 3, "TaskStarted", {}],
        [5, 4, "TaskSucceeded", { output: answer({ y: 2 }) }],
        [6, 5, "TaskStateExited", { name: "a", output: "{}", assignedVariables: { a: '{"y":2}' } }],
        [7, 6, "ExecutionSucceeded", { output: "{}" }],
      ]),
      [step("a", "task")],
    );
    expect(row).toMatchObject({
      step: "a",
      kind: "task",
      outcome: "succeeded",
      input: '{"x":1}',
      output: '{"y":2}',
      durationMs: 4000,
      attempts: [{ error: null }],
    });
  });

  it("never shows the task token that an approval was asked with", () => {
    const parameters = JSON.stringify({
      FunctionName: "f",
      Payload: { run: {}, step: { id: "review" }, token: "SECRET", evidence: [1], policy: {} },
    });
    const rows = timeline(
      history([
        [1, 0, "ExecutionStarted", {}],
        [2, 0, "TaskStateEntered", { name: "review", input: "{}" }],
        [3, 2, "TaskScheduled", { parameters }],
        [4, 3, "TaskStarted", {}],
        [5, 4, "TaskSubmitted", {}],
      ]),
      [step("review", "approval")],
    );
    expect(rows).toMatchObject([{ outcome: "waiting", input: "[1]", endedAt: null }]);
    expect(JSON.stringify(rows)).not.toContain("SECRET");
  });

  it("counts the attempts of a step that is retried, and tells that an error was caught", () => {
    const failed = { error: "Step.Failed", cause: "no" };
    const [first, second] = timeline(
      history([
        [1, 0, "ExecutionStarted", {}],
        [2, 0, "TaskStateEntered", { name: "a", input: "{}" }],
        [3, 2, "TaskScheduled", {}],
        [4, 3, "TaskStarted", {}],
        [5, 4, "TaskFailed", failed],
        [6, 5, "TaskScheduled", {}],
        [7, 6, "TaskStarted", {}],
        [8, 7, "TaskTimedOut", {}],
        [9, 8, "TaskStateExited", { name: "a", output: "{}" }],
        [10, 9, "PassStateEntered", { name: "b", input: "{}" }],
        [11, 10, "PassStateExited", { name: "b", output: "{}" }],
        [12, 11, "ExecutionSucceeded", {}],
      ]),
    );
    expect(first).toMatchObject({
      outcome: "caught",
      error: { name: "States.Timeout" },
      attempts: [
        { error: { name: "Step.Failed", cause: "no" } },
        { error: { name: "States.Timeout" } },
      ],
    });
    expect(second?.outcome).toBe("succeeded");
  });

  it("tells the iterations of nested maps apart, though their events interleave", () => {
    expect(
      seen(
        [
          [1, 0, "ExecutionStarted", {}],
          [2, 0, "MapStateEntered", { name: "outer", input: "[]" }],
          [3, 2, "MapStateStarted", { length: 2 }],
          [4, 3, "MapIterationStarted", { name: "outer", index: 0 }],
          [5, 3, "MapIterationStarted", { name: "outer", index: 1 }],
          [6, 5, "MapStateEntered", { name: "inner", input: "[]" }],
          [7, 4, "MapStateEntered", { name: "inner", input: "[]" }],
          [8, 6, "MapStateStarted", { length: 1 }],
          [9, 7, "MapStateStarted", { length: 1 }],
          [10, 9, "MapIterationStarted", { name: "inner", index: 0 }],
          [11, 8, "MapIterationStarted", { name: "inner", index: 0 }],
          [12, 10, "PassStateEntered", { name: "a", input: "1" }],
          [13, 11, "PassStateEntered", { name: "a", input: "2" }],
          [14, 13, "PassStateExited", { name: "a", output: "2" }],
          [15, 14, "MapIterationSucceeded", { name: "inner", index: 0 }],
          [16, 14, "MapStateSucceeded", undefined],
          [17, 14, "MapStateExited", { name: "inner", output: "[2]" }],
          [18, 17, "MapIterationSucceeded", { name: "outer", index: 1 }],
        ],
        [step("outer", "map"), step("inner", "map", "outer"), step("a", "set-like", "inner")],
      ),
    ).toEqual([
      "outer||running",
      "inner|1|succeeded",
      "inner|0|running",
      "a|0.0|running",
      "a|1.0|succeeded",
    ]);
  });

  it("follows iterations that run one after the other, each chained to the one before", () => {
    expect(
      seen([
        [1, 0, "ExecutionStarted", {}],
        [2, 0, "MapStateEntered", { name: "m", input: "[]" }],
        [3, 2, "MapStateStarted", { length: 2 }],
        [4, 3, "MapIterationStarted", { name: "m", index: 0 }],
        [5, 4, "PassStateEntered", { name: "a", input: "1" }],
        [6, 5, "PassStateExited", { name: "a", output: "1" }],
        [7, 6, "MapIterationSucceeded", { name: "m", index: 0 }],
        [8, 6, "MapIterationStarted", { name: "m", index: 1 }],
        [9, 8, "PassStateEntered", { name: "a", input: "2" }],
        [10, 9, "PassStateExited", { name: "a", output: "2" }],
        [11, 10, "MapIterationSucceeded", { name: "m", index: 1 }],
        [12, 10, "MapStateSucceeded", undefined],
        [13, 10, "MapStateExited", { name: "m", output: "[]" }],
        [14, 13, "ExecutionSucceeded", {}],
      ]),
    ).toEqual(["m||succeeded", "a|0|succeeded", "a|1|succeeded"]);
  });

  it("ends the siblings of a branch that failed, and tells who failed", () => {
    const rows = timeline(
      history([
        [1, 0, "ExecutionStarted", {}],
        [2, 0, "ParallelStateEntered", { name: "p", input: "{}" }],
        [3, 2, "ParallelStateStarted", undefined],
        [4, 3, "TaskStateEntered", { name: "a", input: "{}" }],
        [5, 3, "WaitStateEntered", { name: "b", input: "{}" }],
        [6, 4, "TaskScheduled", {}],
        [7, 6, "TaskFailed", { error: "Boom", cause: "it broke" }],
        [8, 7, "ParallelStateFailed", undefined],
        [9, 8, "ExecutionFailed", { error: "Boom", cause: "it broke" }],
      ]),
    );
    expect(
      rows.map(({ step, outcome, error, depth }) => [step, outcome, error?.name, depth]),
    ).toEqual([
      ["p", "failed", "Boom", 0],
      ["a", "failed", "Boom", 1],
      ["b", "aborted", undefined, 1],
    ]);
  });

  it("names a Fail state's error, which only the end of the run tells", () => {
    const rows = timeline(
      history([
        [1, 0, "ExecutionStarted", {}],
        [2, 0, "MapStateEntered", { name: "m", input: "[1]" }],
        [3, 2, "MapStateStarted", { length: 1 }],
        [4, 3, "MapIterationStarted", { name: "m", index: 0 }],
        [5, 4, "FailStateEntered", { name: "stop", input: "1" }],
        [6, 5, "MapIterationFailed", { name: "m", index: 0 }],
        [7, 5, "MapStateFailed", undefined],
        [8, 7, "ExecutionFailed", { error: "My.Error", cause: "because" }],
      ]),
    );
    expect(rows.map(({ outcome, error }) => [outcome, error?.name])).toEqual([
      ["failed", "My.Error"],
      ["failed", "My.Error"],
    ]);
  });

  it("shows skipped steps, and steps that ride on another's state", () => {
    expect(
      seen(
        [
          [1, 0, "ExecutionStarted", {}],
          [2, 0, "TaskStateEntered", { name: "a", input: "{}" }],
          [3, 2, "TaskScheduled", {}],
          [4, 3, "TaskSucceeded", { output: answer(1) }],
          [5, 4, "TaskStateExited", { name: "a", assignedVariables: { a: "1", total: "7" } }],
          [6, 5, "ChoiceStateEntered", { name: "b.if", input: "{}" }],
          [7, 6, "ChoiceStateExited", { name: "b.if", assignedVariables: { b: "null" } }],
          [8, 7, "ExecutionSucceeded", {}],
        ],
        [step("a", "task"), step("total", "set"), step("b", "task")],
      ),
    ).toEqual(["a||succeeded", "total||succeeded", "b||skipped"]);
  });

  it("counts the rounds of a repeat, and ends it when the run leaves it", () => {
    expect(
      seen(
        [
          [1, 0, "ExecutionStarted", {}],
          [2, 0, "PassStateEntered", { name: "a", input: "{}" }],
          [3, 2, "PassStateExited", { name: "a", output: "{}" }],
          [4, 3, "ChoiceStateEntered", { name: "again.until", input: "{}" }],
          [5, 4, "ChoiceStateExited", { name: "again.until", output: "{}" }],
          [6, 5, "PassStateEntered", { name: "a", input: "{}" }],
          [7, 6, "PassStateExited", { name: "a", output: "{}" }],
          [8, 7, "ChoiceStateEntered", { name: "again.until", input: "{}" }],
          [9, 8, "ChoiceStateExited", { name: "again.until", assignedVariables: { again: "5" } }],
          [10, 9, "PassStateEntered", { name: "z", input: "{}" }],
          [11, 10, "PassStateExited", { name: "z", output: "{}" }],
          [12, 11, "ExecutionSucceeded", {}],
        ],
        [step("again", "repeat"), step("a", "task", "again"), step("z", "task")],
      ),
    ).toEqual(["again||succeeded", "a|0|succeeded", "a|1|succeeded", "z||succeeded"]);
  });

  it("keeps the steps of a switch's branch inside the switch", () => {
    const rows = timeline(
      history([
        [1, 0, "ExecutionStarted", {}],
        [2, 0, "ChoiceStateEntered", { name: "s", input: "{}" }],
        [3, 2, "ChoiceStateExited", { name: "s", output: "{}" }],
        [4, 3, "PassStateEntered", { name: "a", input: "{}" }],
        [5, 4, "PassStateExited", { name: "a", assignedVariables: { a: "1", s: "1" } }],
        [6, 5, "PassStateEntered", { name: "z", input: "{}" }],
        [7, 6, "PassStateExited", { name: "z", output: "{}" }],
        [8, 7, "ExecutionSucceeded", {}],
      ]),
      [step("s", "switch"), step("a", "task", "s"), step("z", "task")],
    );
    expect(
      rows.map(({ step, depth, output, durationMs }) => [step, depth, output, durationMs]),
    ).toEqual([
      ["s", 0, "1", 4000],
      ["a", 1, "1", 1000],
      ["z", 0, null, 1000],
    ]);
  });

  it("calls an approval whose deadline passed failed, and its error Approval.Expired", () => {
    const [row] = timeline(
      history([
        [1, 0, "ExecutionStarted", {}],
        [2, 0, "TaskStateEntered", { name: "review", input: "{}" }],
        [3, 2, "TaskScheduled", {}],
        [4, 3, "TaskSubmitted", {}],
        [5, 4, "TaskTimedOut", { error: "States.Timeout" }],
        [6, 5, "TaskStateExited", { name: "review", output: "{}" }],
        [7, 6, "FailStateEntered", { name: "review.expired", input: "{}" }],
        [8, 7, "ExecutionFailed", { error: "Approval.Expired", cause: "late" }],
      ]),
      [step("review", "approval")],
    );
    expect(row).toMatchObject({ outcome: "failed", error: { name: "Approval.Expired" } });
  });

  it("goes on with the failed step when a run is redriven", () => {
    const rows = timeline(
      history([
        [1, 0, "ExecutionStarted", {}],
        [2, 0, "TaskStateEntered", { name: "a", input: "{}" }],
        [3, 2, "TaskScheduled", {}],
        [4, 3, "TaskFailed", { error: "E", cause: "c" }],
        [5, 4, "ExecutionFailed", { error: "E", cause: "c" }],
        [6, 5, "ExecutionRedriven", { redriveCount: 1 }],
        [7, 6, "TaskScheduled", {}],
        [8, 7, "TaskSucceeded", { output: answer(3) }],
        [9, 8, "TaskStateExited", { name: "a", assignedVariables: { a: "3" } }],
        [10, 9, "ExecutionSucceeded", {}],
      ]),
    );
    expect(rows).toMatchObject([{ step: "a", outcome: "succeeded", error: null, output: "3" }]);
    expect(rows[0]?.attempts.map(({ error }) => error?.name)).toEqual(["E", undefined]);
  });

  it("yields, event by event, what changes, and takes no event twice", () => {
    const reader = createTimeline();
    const events = history([
      [1, 0, "ExecutionStarted", {}],
      [2, 0, "WaitStateEntered", { name: "w", input: "{}" }],
      [3, 2, "WaitStateExited", { name: "w", output: "{}" }],
      [4, 3, "ExecutionSucceeded", {}],
    ]);
    const changes = events.map((event) => reader.push(event).map(({ outcome }) => outcome));
    expect(changes).toEqual([[], ["waiting"], ["succeeded"], []]);
    const [again] = events.slice(1);
    expect(again && reader.push(again)).toEqual([]);
    expect(reader.rows()).toHaveLength(1);
  });
});
