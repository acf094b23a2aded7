import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { type BundleParts, compileSteps, findingsIn } from "./bundle-of.ts";

const WORK = "{ id: work, task: code/work.ts }";
const atMost = (maxItems: number): BundleParts => ({
  input: { type: "object", properties: { list: { type: "array", maxItems } } } as JsonObject,
});
const nested = (depth: number): string =>
  depth === 0
    ? `[${WORK}]`
    : `[{ id: r${depth}, repeat: { max: 1, until: "{% true %}" }, steps: ${nested(depth - 1)} }]`;

describe("limits", () => {
  it("counts the events of a map whose bound is known", () => {
    const map = `- { id: all, map: "{% $input.list %}", as: one, steps: [${WORK}] }\n`;
    expect(findingsIn(map, atMost(3_500))).toEqual([]);
    expect(findingsIn(map, atMost(4_000))).toEqual([
      '1 ESP603 «"{% $input.list %}"» "all" may run 4,000 times, about 28,004 events; a run ends at 25,000',
    ]);
    expect(findingsIn(map)).toEqual([]);
  });

  it("blames the innermost structure that is too much", () => {
    const maps = `- id: outer\n  map: "{% $input.list %}"\n  as: a\n  steps:\n    - { id: inner, map: "{% $input.list %}", as: b, steps: [${WORK}] }\n`;
    expect(findingsIn(maps, atMost(100))).toEqual([
      '2 ESP603 «"{% $input.list %}"» "outer" may run 100 times, about 70,604 events; a run ends at 25,000',
    ]);
    expect(findingsIn(maps, atMost(5_000)).map((line) => line.slice(0, 8))).toEqual(["5 ESP603"]);
  });

  it("warns of a repeat that could go on for too long, and still compiles it", () => {
    const steps = `- { id: r, repeat: { max: 9999, until: "{% $work.ok %}" }, steps: [${WORK}] }\n`;
    const { plan, diagnostics } = compileSteps(steps);
    expect(diagnostics).toMatchObject([{ code: "ESP603", severity: "warning" }]);
    expect(plan).toBeDefined();
  });

  it("refuses literal data of more than 256 KiB, wherever a state would carry it", () => {
    const large = "x".repeat(270_000);
    expect(findingsIn(`- { id: a, set: "${large}" }\n`)).toEqual([
      '1 ESP602 «set» "set" holds 264 KiB of literal data; a state takes at most 256 KiB',
    ]);
    expect(findingsIn(`- { id: a, task: code/work.ts, with: { a: ["${large}"] } }\n`)).toEqual([
      '1 ESP602 «with» "with" holds 264 KiB of literal data; a state takes at most 256 KiB',
    ]);
    expect(findingsIn(`- { id: a, set: "{% '${"y".repeat(270_000)}' %}" }\n`)).toEqual([]);
  });

  it("refuses a definition of more than 1 MB", () => {
    const steps = Array.from(
      { length: 500 },
      (_, i) => `- { id: s${i}, task: code/work.ts, with: { a: "${"x".repeat(2_000)}" } }\n`,
    ).join("");
    expect(
      compileSteps(steps).diagnostics.map(({ code, message }) => `${code} ${message}`),
    ).toEqual(["ESP601 the state machine has 1.7 MB; Step Functions takes 1 MB"]);
  });

  it("refuses retries that Step Functions would refuse", () => {
    const steps = `- id: a\n  task: code/work.ts\n  retry: [{ on: [Step.Failed], interval: 10m, maxDelay: 5m }]\n`;
    expect(findingsIn(steps)).toEqual([
      "3 ESP604 «5m» the longest delay (5m) must be longer than the first one (10m)",
    ]);
  });

  it("compares waits and deadlines with how long a run may take", () => {
    const keys = "limits: { duration: 1h }\n";
    expect(findingsIn("- { id: a, wait: 2h }\n", { keys })).toEqual([
      '1 ESP605 «2h» "a" may take 2h, but the run ends after 1h',
    ]);
    const approval = compileSteps("- { id: a, approval: approvals/a.yaml }\n", { keys });
    expect(approval.diagnostics).toMatchObject([{ code: "ESP605", severity: "error" }]);
    const together = "- { id: a, wait: 40m }\n- { id: b, wait: 40m }\n";
    expect(compileSteps(together, { keys }).diagnostics[0]?.message).toBe(
      "the waits of this workflow together take 80m, but a run ends after 1h",
    );
    expect(
      compileSteps("- { id: a, wait: 200d }\n- { id: b, wait: 200d }\n").diagnostics[0]?.message,
    ).toBe("the waits of this workflow together take 400d, but a run ends after 365d");
  });

  it("refuses structures nested beyond what a reader can follow", () => {
    expect(compileSteps(`- ${nested(10).slice(1, -1)}\n`).diagnostics).toEqual([]);
    expect(compileSteps(`- ${nested(11).slice(1, -1)}\n`).diagnostics).toMatchObject([
      { code: "ESP606", message: '"work" lies 11 structures deep; 10 are possible' },
    ]);
  });

  it("says that failed items cannot be tolerated yet", () => {
    const steps = `- { id: all, map: "{% $input.list %}", as: one, tolerate: 10%, steps: [${WORK}] }\n`;
    expect(findingsIn(steps)).toEqual([
      "1 ESP904 «10%» tolerated failures of a map are not yet supported",
    ]);
  });

  it("keeps every name within the 80 characters of a state", () => {
    const id = "a".repeat(64);
    const { plan } = compileSteps(
      `- { id: p, parallel: { ${"b".repeat(64)}: [{ id: ${id}, if: "{% true %}", approval: approvals/a.yaml }] } }\n`,
    );
    const names = JSON.stringify(plan?.definition).match(/"[ab.a-z0-9]{60,}":\{"Type"/g) ?? [];
    expect(names.length).toBeGreaterThan(2);
    for (const name of names) expect(name.split('"')[1]?.length).toBeLessThanOrEqual(80);
  });
});
