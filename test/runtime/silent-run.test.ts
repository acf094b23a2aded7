import { describe, expect, it } from "vitest";
import { isSilent, type SilenceEvent } from "../../lib/runtime/silent-run.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

/** A history, oldest first; the last event lies two hours back unless said otherwise. */
function history(...types: readonly string[]): SilenceEvent[] {
  const timestamp = new Date("2026-11-21T10:00:00Z");
  return types.map((name) => {
    const [type = "", resourceType] = name.split(" ");
    const details = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
    return { type, timestamp, ...(resourceType && { [details]: { resourceType } }) };
  });
}

describe("a run in which nothing happens for an hour", () => {
  it.each([
    ["in a function", ["TaskStateEntered", "TaskScheduled lambda", "TaskStarted lambda"]],
    ["after a state", ["TaskStateExited"]],
    ["after a wait", ["WaitStateEntered", "WaitStateExited", "TaskScheduled lambda"]],
    ["after another service", ["TaskScheduled sqs", "TaskSucceeded sqs", "TaskStateExited"]],
    ["after a distributed map", ["MapRunStarted", "MapRunSucceeded", "MapStateExited"]],
  ])("is silent %s", (_where, types) => {
    expect(isSilent(history(...types).reverse(), NOW)).toBe(true);
  });

  it.each([
    ["waits in a Wait state", ["TaskStateExited", "WaitStateEntered"]],
    [
      "waits in one of its branches",
      ["WaitStateEntered", "TaskScheduled lambda", "TaskSucceeded lambda"],
    ],
    [
      "waits in one of two Wait states",
      ["WaitStateEntered", "WaitStateEntered", "WaitStateExited"],
    ],
    ["waits for another workflow", ["TaskScheduled states", "TaskSubmitted states"]],
    ["waits for a distributed map", ["MapStateEntered", "MapRunStarted"]],
    ["waits for the next attempt", ["TaskScheduled lambda", "TaskFailed lambda"]],
  ])("is not, if it %s", (_why, types) => {
    expect(isSilent(history(...types).reverse(), NOW)).toBe(false);
  });

  it.each([
    [59, false],
    [60, true],
  ])("is silent after an hour and not before: %d minutes", (minutes, expected) => {
    const timestamp = new Date(NOW.getTime() - minutes * 60_000);
    expect(isSilent([{ type: "TaskStateExited", timestamp }], NOW)).toBe(expected);
  });

  it("is none that has no history yet", () => {
    expect(isSilent([], NOW)).toBe(false);
  });
});
