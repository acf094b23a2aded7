import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../lib/runtime/control.ts";
import { createTimeline, type TimelineRow } from "../../lib/runtime/timeline.ts";

const POLICY = {
  approval: "own",
  title: "May it?",
  approvers: ["ada@example.com", { group: "legal" }],
  deadline: "3d",
  reminders: ["1d"],
  escalation: [{ approvers: [{ from: "owner" }], within: "2h" }],
};

/** Events of a state that waits for a person, one a minute. */
class History {
  readonly events: RunEvent[] = [];

  add(type: string, details: Record<string, unknown> = {}): this {
    const id = this.events.length + 1;
    const timestamp = new Date(Date.UTC(2026, 0, 1, 0, id)).toISOString();
    const name = `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`;
    const key = type.endsWith("StateEntered")
      ? "stateEnteredEventDetails"
      : type.endsWith("StateExited")
        ? "stateExitedEventDetails"
        : name;
    this.events.push({ id, previousEventId: id - 1, timestamp, type, [key]: details });
    return this;
  }

  asks(state: string, stage: number, policy: unknown = POLICY): this {
    const Payload = { run: {}, step: {}, token: "(hidden)", evidence: { a: 1 }, policy, stage };
    return this.add("TaskStateEntered", { name: state, input: "{}" })
      .add("TaskScheduled", { parameters: JSON.stringify({ Payload }) })
      .add("TaskStarted")
      .add("TaskSubmitted");
  }

  leaves(state: string, how: "TaskTimedOut" | "TaskSucceeded"): this {
    const details = how === "TaskTimedOut" ? { error: "States.Timeout" } : { output: '{"by":"x"}' };
    return this.add(how, details).add("TaskStateExited", { name: state, output: "{}" });
  }

  rows(kind = "approval"): readonly TimelineRow[] {
    const reader = createTimeline([{ id: "review", kind, state: "review", parent: null }]);
    for (const event of this.events) reader.push(event);
    return reader.rows();
  }
}

const start = () => new History().add("ExecutionStarted");

describe("an approval's row", () => {
  it("waits through its stages, and is never caught in between", () => {
    const history = start().asks("review", 0);
    expect(history.rows()).toMatchObject([{ outcome: "waiting", endedAt: null }]);
    history.leaves("review", "TaskTimedOut");
    expect(history.rows()).toMatchObject([{ outcome: "waiting", endedAt: null, error: null }]);
    history.asks("review.stage2", 1).leaves("review.stage2", "TaskTimedOut");
    history.asks("review.stage3", 2);
    const [row, ...others] = history.rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ step: "review", outcome: "waiting", input: '{"a":1}' });
    expect(row?.attempts).toHaveLength(1);
    expect(row?.stages).toEqual([
      {
        ...{ kind: "request", level: 1, levels: 2, last: false },
        approvers: ["ada@example.com", "the group legal"],
        startedAt: "2026-01-01T00:03:00.000Z",
      },
      {
        ...{ kind: "reminder", level: 1, levels: 2, last: false },
        approvers: ["ada@example.com", "the group legal"],
        startedAt: "2026-01-01T00:09:00.000Z",
      },
      {
        ...{ kind: "escalation", level: 2, levels: 2, last: true },
        approvers: ["whom owner names"],
        startedAt: "2026-01-01T00:15:00.000Z",
      },
    ]);
    history.leaves("review.stage3", "TaskSucceeded").add("ExecutionSucceeded");
    expect(history.rows()).toMatchObject([{ outcome: "succeeded", output: '{"by":"x"}' }]);
  });

  it("fails with the last stage, where nothing catches that", () => {
    const history = start().asks("review", 0).leaves("review", "TaskTimedOut");
    history.asks("review.stage2", 1).leaves("review.stage2", "TaskTimedOut");
    history.asks("review.stage3", 2).leaves("review.stage3", "TaskTimedOut");
    expect(history.rows()).toMatchObject([{ outcome: "caught" }]);
    history.add("FailStateEntered", { name: "review.expired", input: "{}" });
    history.add("ExecutionFailed", { error: "Approval.Expired", cause: "nobody" });
    expect(history.rows()).toMatchObject([
      { step: "review", outcome: "failed", error: { name: "Approval.Expired" } },
    ]);
  });

  it("begins with the schedule, which is no answer", () => {
    const schedule = { Payload: { operation: "schedule", run: {}, step: {}, policy: POLICY } };
    const history = start()
      .add("TaskStateEntered", { name: "review.schedule", input: "{}" })
      .add("TaskScheduled", { parameters: JSON.stringify(schedule) })
      .add("TaskStarted")
      .add("TaskSucceeded", { output: '{"Payload":{"stages":[]},"StatusCode":200}' });
    expect(history.rows()).toMatchObject([
      { step: "review", kind: "approval", outcome: "running" },
    ]);
    history.add("TaskStateExited", { name: "review.schedule", output: "{}" }).asks("review", 0);
    expect(history.rows()).toMatchObject([
      { outcome: "waiting", startedAt: "2026-01-01T00:02:00.000Z", output: null },
    ]);
    history.leaves("review", "TaskSucceeded").add("ExecutionSucceeded");
    expect(history.rows()).toMatchObject([{ outcome: "succeeded", output: '{"by":"x"}' }]);
  });

  it("fails with its schedule", () => {
    const history = start()
      .add("TaskStateEntered", { name: "review.schedule", input: "{}" })
      .add("TaskScheduled", { parameters: "{}" })
      .add("TaskFailed", { error: "Lambda.Unknown", cause: "gone" })
      .add("ExecutionFailed", { error: "Lambda.Unknown", cause: "gone" });
    expect(history.rows()).toMatchObject([
      { outcome: "failed", error: { name: "Lambda.Unknown" } },
    ]);
  });

  it("has no stages where the policy of an older machine is not understood", () => {
    const [row] = start().asks("review", 0, { approval: "old" }).rows();
    expect(row).toMatchObject({ outcome: "waiting" });
    expect(row).not.toHaveProperty("stages");
  });
});
