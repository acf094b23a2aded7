import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../lib/runtime/control.ts";
import { getRun, listRuns, type RunReport, recordStatus } from "../../lib/runtime/runs.ts";
import { createWorld } from "./approval/approval-world.ts";

function report(change: Partial<RunRecord> = {}, redrives = 0): RunReport {
  const status = change.status ?? "RUNNING";
  return {
    redrives,
    run: {
      id: "run-1",
      workflow: "review",
      version: "1.0.0",
      digest: "sha256:0",
      environment: "local",
      customer: null,
      principal: "ada@example.com",
      startedAt: "2026-05-04T10:00:00.000Z",
      endedAt: status === "RUNNING" ? null : "2026-05-04T11:00:00.000Z",
      error: null,
      ...change,
      status,
    },
  };
}

const STORY = [
  report(),
  report({ status: "FAILED", error: { name: "E", cause: "c" } }),
  report({ status: "RUNNING" }, 1),
  report({ status: "SUCCEEDED" }, 1),
];

describe("the index of runs", () => {
  it("ends in the last state, in whatever order and however often the reports come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: STORY.length - 1 }), { maxLength: 12 }),
        async (order) => {
          const { ports } = createWorld();
          await Promise.all(order.map((n) => recordStatus(STORY[n] as RunReport, ports)));
          if (order.length === 0) return;
          const last = STORY[Math.max(...order)] as RunReport;
          expect(await getRun("run-1", ports)).toEqual(last.run);
          const { status } = last.run;
          expect(await listRuns({ status }, ports)).toHaveLength(1);
        },
      ),
    );
  });

  it("says whether a report was news", async () => {
    const { ports } = createWorld();
    expect(await recordStatus(report(), ports)).toBe(true);
    expect(await recordStatus(report(), ports)).toBe(false);
    expect(await recordStatus(report({ status: "SUCCEEDED" }), ports)).toBe(true);
    expect(await recordStatus(report(), ports)).toBe(false);
  });

  it("finds runs by workflow, status and customer, newest first", async () => {
    const { ports } = createWorld();
    for (let n = 0; n < 130; n += 1) {
      const startedAt = new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
      const status = n % 3 === 0 ? "FAILED" : "RUNNING";
      const customer = n % 5 === 0 ? "acme" : null;
      const workflow = n % 2 ? "odd" : "even";
      await recordStatus(report({ id: `r${n}`, startedAt, status, customer, workflow }), ports);
    }
    const ids = async (filter: Parameters<typeof listRuns>[0]) =>
      (await listRuns(filter, ports)).map(({ id }) => id);
    expect(await ids({ limit: 3 })).toEqual(["r129", "r128", "r127"]);
    expect(await ids({})).toHaveLength(50);
    expect(await ids({ workflow: "even", limit: 2 })).toEqual(["r128", "r126"]);
    expect(await ids({ workflow: "even", status: "FAILED", limit: 1000 })).toHaveLength(22);
    expect(await ids({ status: "FAILED", limit: 2 })).toEqual(["r129", "r126"]);
    expect(await ids({ customer: "acme", limit: 2 })).toEqual(["r125", "r120"]);
    expect(await ids({ workflow: "none" })).toEqual([]);
  });

  it("tells that there is no such run", async () => {
    const { ports } = createWorld();
    await expect(getRun("x", ports)).rejects.toMatchObject({ code: "RunNotFound" });
  });
});
