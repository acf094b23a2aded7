import { describe, expect, it } from "vitest";
import { Output } from "../../../lib/cli/output.ts";
import { followRun } from "../../../lib/cli/runs/follow-run.ts";
import type { RunEvent } from "../../../lib/runtime/control.ts";
import { detail, openApproval, type Script, scriptedControl } from "../fake-run.ts";
import { testIo } from "../test-io.ts";

const STEPS = [{ id: "review", kind: "approval", state: "review", parent: null }];
const timestamp = "2026-11-21T07:00:00.000Z";
const waitingEvents: RunEvent[] = [
  { id: 1, previousEventId: 0, timestamp, type: "ExecutionStarted" },
  {
    id: 2,
    previousEventId: 0,
    timestamp,
    type: "TaskStateEntered",
    stateEnteredEventDetails: { name: "review", input: "{}" },
  },
  {
    id: 3,
    previousEventId: 2,
    timestamp,
    type: "TaskScheduled",
    taskScheduledEventDetails: {
      resource: "invoke.waitForTaskToken",
      resourceType: "lambda",
      region: "us-east-1",
      parameters: "{}",
    },
  },
  { id: 4, previousEventId: 3, timestamp, type: "TaskStarted" },
  {
    id: 5,
    previousEventId: 4,
    timestamp,
    type: "TaskSubmitted",
    taskSubmittedEventDetails: { resource: "invoke.waitForTaskToken", resourceType: "lambda" },
  },
];

function follow(script: Script, signal = new AbortController().signal, since = 0) {
  const { io, stdout } = testIo();
  const followed = followRun(scriptedControl([script]), script.run.id, {
    out: new Output(io, false),
    steps: STEPS,
    signal,
    since,
  });
  return followed.then((result) => ({ ...result, stdout: stdout() }));
}

const waiting: Script = {
  run: detail({ status: "RUNNING", endedAt: null, waitingFor: ["ap1"] }),
  events: waitingEvents,
  approvals: [openApproval()],
  staysOpen: true,
};

describe("following a run", () => {
  it("stops where nothing but a person can move it on", async () => {
    expect(await follow(waiting)).toMatchObject({
      stoppedBecause: "waiting",
      run: { id: "run-1" },
    });
  });

  it("stops there too while the history does not say yet that the person was asked", async () => {
    const events = waitingEvents.slice(0, 3);
    expect(await follow({ ...waiting, events })).toMatchObject({ stoppedBecause: "waiting" });
  });

  it("goes on while the approval is not open yet or already decided", async () => {
    const stop = new AbortController();
    const unasked = { ...waiting, run: detail({ status: "RUNNING", waitingFor: [] }) };
    const followed = follow(unasked, stop.signal);
    setTimeout(() => stop.abort(), 500);
    expect(await followed).toMatchObject({ stoppedBecause: "interrupted" });
  });

  it("ends with the history", async () => {
    const ended: Script = {
      run: detail(),
      events: [
        ...waitingEvents,
        {
          id: 6,
          previousEventId: 5,
          timestamp: "2026-11-21T07:00:02.000Z",
          type: "TaskSucceeded",
          taskSucceededEventDetails: { output: "{}" },
        },
        {
          id: 7,
          previousEventId: 6,
          timestamp: "2026-11-21T07:00:02.000Z",
          type: "TaskStateExited",
          stateExitedEventDetails: { name: "review", output: "{}" },
        },
        { id: 8, previousEventId: 7, timestamp, type: "ExecutionSucceeded" },
      ],
    };
    const { stdout, ...followed } = await follow(ended);
    expect(followed).toMatchObject({ stoppedBecause: "ended", rows: [{ outcome: "succeeded" }] });
    expect(stdout).toMatch(/^ {2}review +approval +2\.0 s {2}done\n$/);
    const later = await follow(ended, undefined, 8);
    expect(later.stdout).toBe("");
  });

  it("is interrupted at once, even before it began", async () => {
    expect(await follow(waiting, AbortSignal.abort())).toMatchObject({
      stoppedBecause: "interrupted",
    });
  });
});
