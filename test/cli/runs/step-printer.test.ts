import { describe, expect, it } from "vitest";
import { Output } from "../../../lib/cli/output.ts";
import { StepPrinter } from "../../../lib/cli/runs/step-printer.ts";
import type { TimelineRow } from "../../../lib/runtime/timeline.ts";
import { row } from "../fake-run.ts";
import { testIo } from "../test-io.ts";

const STEPS = [
  { id: "inventory", kind: "task", state: "inventory", parent: null },
  { id: "findings", kind: "map", state: "findings", parent: null },
  { id: "inspect", kind: "task", state: "inspect", parent: "findings" },
];

function printed(updates: readonly (readonly TimelineRow[])[], terminal?: number): string {
  const { io, stdout } = testIo(terminal === undefined ? {} : { terminal });
  const printer = new StepPrinter(new Output(io, false), STEPS);
  for (const rows of updates) printer.update(rows);
  return stdout();
}

describe("the steps of a run, as they happen", () => {
  it("appear once each, when they have ended", () => {
    const running = row({ step: "inventory", outcome: "running", endedAt: null, durationMs: null });
    const ended = row({ step: "inventory" });
    expect(printed([[running], [ended], [ended]])).toBe(
      "  inventory     task            400 ms  done\n",
    );
  });

  it("say at which attempt they succeeded, and how they failed", () => {
    const attempt = { startedAt: "2026-11-21T07:00:00Z", endedAt: null, error: null };
    const error = { name: "Step.Failed", cause: "no" };
    const text = printed([
      [row({ step: "a", attempts: [attempt, attempt] })],
      [row({ step: "b", outcome: "failed", error })],
      [row({ step: "c", outcome: "caught", error })],
      [row({ step: "d", outcome: "skipped", attempts: [], durationMs: 0 })],
    ]);
    expect(text).toContain("done at attempt 2");
    expect(text).toContain("failed: Step.Failed");
    expect(text).toContain("caught: Step.Failed");
    expect(text).toMatch(/ d +task +skipped/);
  });

  it("put the iterations of a map together, one line a step of its body", () => {
    const map = row({ step: "findings", kind: "map", attempts: [], durationMs: 6300 });
    const open = { ...map, outcome: "running" as const, endedAt: null, durationMs: null };
    const inside = Array.from({ length: 12 }, (_, index) =>
      row({
        step: "inspect",
        iteration: String(index),
        depth: 1,
        parent: map.key,
        durationMs: 100 * (index + 1),
        outcome: index === 3 ? "failed" : "succeeded",
      }),
    );
    expect(printed([[open], inside, [map]]).replace(/ {2,}/g, "  ")).toBe(
      "  findings  map  6.3 s  done\n  inspect  task  up to 1.2 s  11 done, 1 failed\n",
    );
  });

  it("show what goes on meanwhile on a terminal, and only there", () => {
    const running = row({ step: "inventory", outcome: "running", endedAt: null, durationMs: null });
    expect(printed([[running]], 80)).toContain("… inventory");
    expect(printed([[running]])).toBe("");
  });

  it("cannot write to the terminal through their names or errors", () => {
    const evil = row({
      step: "a\u001b[2J",
      outcome: "failed",
      error: { name: "\u001b]0;x\u0007", cause: "" },
    });
    expect(printed([[evil]])).not.toMatch(/\p{Cc}(?<!\n)/u);
  });
});
