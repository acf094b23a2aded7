import { describe, expect, it } from "vitest";
import { estimate } from "../../../lib/cli/cost/estimate.ts";
import { PRICES, priceDates } from "../../../lib/cli/cost/prices.ts";
import { measureRun, median, type RecordedRuns } from "../../../lib/cli/cost/recorded-runs.ts";
import type { Plan } from "../../../lib/compiler/plan.ts";
import { detail, openApproval } from "../fake-run.ts";

const plan: Plan = {
  format: 1,
  workflow: "orders",
  type: "standard",
  version: "1.0.0",
  description: null,
  owners: { business: "a@example.com", platform: "b@example.com", risk: "c@example.com" },
  definition: {},
  steps: [
    { id: "read", kind: "task", state: "read", description: null, parent: null },
    { id: "ask", kind: "approval", state: "ask", description: null, parent: null },
    { id: "tell", kind: "emit", state: "tell", description: null, parent: null },
  ],
  functions: [
    {
      name: "read",
      step: "read",
      kind: "task",
      entry: "code/read.ts",
      timeout: 60,
      memory: 512,
      effect: "none",
      permissions: [],
    },
    {
      name: "write",
      step: "write",
      kind: "task",
      entry: "code/write.ts",
      timeout: 10,
      memory: 1024,
      effect: "write",
      permissions: [],
    },
  ],
  approvals: [{ step: "ask", state: "ask", states: ["ask"], policy: openApproval().policy }],
  emits: ["Done"],
  workflows: [],
  triggers: [],
  contracts: { input: true, output: true },
  config: {},
  transitions: { states: 4, decisions: 0, longestPath: 4 },
};

const recorded: RecordedRuns = {
  runs: 3,
  sameBundle: true,
  transitions: 7,
  calls: new Map([
    ["read", { calls: 4, ms: 250 }],
    ["ask", { calls: 0, ms: 0 }],
    ["tell", { calls: 1, ms: 20 }],
    ["write", { calls: 1, ms: 500 }],
  ]),
  artifacts: 2,
  usages: [],
  bytes: 1024 ** 2,
};

function quantities(from: RecordedRuns | undefined): Record<string, number> {
  const { rows } = estimate(plan, from, 1);
  return Object.fromEntries(
    rows.map(({ item, part, quantity }) => [part ? `${item} ${part}` : item, quantity]),
  );
}

describe("what a run uses", () => {
  it("by the plan: the longest path, functions until their timeout", () => {
    expect(quantities(undefined)).toMatchObject({
      transitions: 4,
      "lambdaRequests steps": 2,
      // intake, approval, and two reports of the run's status
      "lambdaRequests platform": 4,
      // 60 s at half a GB, 10 s at one
      "lambdaCompute steps": 40,
      // run record 9, approval 28 writes of 4 KB, its audit 6 and one approver's item 2, effect 2
      tableWrites: 9 + 28 * 4 + 6 + 2 + 2,
      objectWrites: 5,
      objectReads: 0,
      events: 1,
    });
  });

  it("of an express workflow: runs and their time, and no transitions", () => {
    const express: Plan = { ...plan, type: "express", definition: { TimeoutSeconds: 240 } };
    const of = (from: RecordedRuns | undefined) => {
      const { rows } = estimate(express, from, 1);
      return new Map(rows.map(({ item, part, quantity }) => [`${item} ${part ?? ""}`, quantity]));
    };
    const bound = of(undefined);
    expect(bound.has("transitions ")).toBe(false);
    expect(bound.get("expressRequests ")).toBe(1);
    // Four minutes of 64 MB, unless it is known what runs took: 4 × 0.25 s, 0.02 s and 0.5 s.
    expect(bound.get("expressCompute ")).toBe(15);
    expect(of(recorded).get("expressCompute ")).toBeCloseTo(1.52 / 16);
    expect(bound.get("tableWrites claim")).toBe(2);
  });

  it("by recorded runs: what they did, and nothing for an approval that nobody was asked for", () => {
    const found = quantities(recorded);
    expect(found).toMatchObject({
      transitions: 7,
      "lambdaRequests steps": 5,
      "lambdaRequests platform": 3,
      "lambdaCompute steps": 4 * 0.25 * 0.5 + 0.5,
      tableWrites: 9 + 2,
      objectWrites: 7,
      objectReads: 2,
      events: 1,
    });
    // A MiB for 400 days.
    expect(found["objectStorage 400 days"]).toBeCloseTo((1 / 1024) * 13.14, 4);
  });
});

describe("what it costs", () => {
  it("adds up, and grows with the runs", () => {
    const one = estimate(plan, recorded, 1);
    const many = estimate(plan, recorded, 20_000);
    expect(one.perRun).toBeCloseTo(
      one.rows.reduce((sum, { perRun }) => sum + perRun, 0),
      12,
    );
    expect(many.perRun).toBe(one.perRun);
    expect(many.perMonth).toBeCloseTo(one.perRun * 20_000, 9);
    expect(many.idlePerMonth).toBe(one.idlePerMonth);
    const transitions = many.rows.find(({ item }) => item === "transitions");
    expect(transitions?.perMonth).toBeCloseTo(7 * 20_000 * 0.000025, 9);
  });

  it("knows of each price where it was read", () => {
    for (const { usd, per, source, page, date } of Object.values(PRICES)) {
      expect(usd / per).toBeGreaterThan(0);
      expect(source).toMatch(/^https:\/\//);
      expect(page).toMatch(/^https:\/\/aws\.amazon\.com\/.*pricing/);
      expect(date ?? "2026").toMatch(/^20\d\d(-\d\d-\d\d)?$/);
    }
    expect(priceDates().oldest < priceDates().newest).toBe(true);
  });
});

describe("a recorded run", () => {
  it("counts the states that were entered, and its artifacts once", () => {
    const at = (second: number) => `2026-11-21T07:00:0${second}.000Z`;
    const reference = `{"$artifact":"sha256:${"a".repeat(64)}","bytes":3,"mediaType":"text/plain"}`;
    const step = { id: "read", kind: "task", state: "read", parent: null };
    const event = (id: number, type: string, details: object = {}) => {
      return { id, previousEventId: id - 1, timestamp: at(id), type, ...details };
    };
    const read = measureRun(detail({ steps: [step] }), [
      event(1, "ExecutionStarted", { executionStartedEventDetails: { input: reference } }),
      event(2, "TaskStateEntered", {
        stateEnteredEventDetails: { name: "read", input: reference },
      }),
      event(3, "TaskScheduled", {}),
      event(4, "TaskStarted", {}),
      event(5, "TaskFailed", { taskFailedEventDetails: { error: "E", cause: "" } }),
      event(6, "TaskScheduled", {}),
      event(7, "TaskStarted", {}),
      event(8, "TaskSucceeded", { taskSucceededEventDetails: { output: reference } }),
      event(9, "TaskStateExited", { stateExitedEventDetails: { name: "read", output: "{}" } }),
    ]);
    expect(read).toMatchObject({ transitions: 2, artifacts: 1 });
    expect(read.durations.get("read")).toEqual([2000, 2000]);
    expect(read.bytes).toBeGreaterThan(100);
  });

  it.each([
    [[], 0],
    [[3], 3],
    [[9, 1], 5],
    [[9, 1, 2], 2],
  ])("has the median of %j", (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});
