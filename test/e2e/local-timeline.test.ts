/** A manifest with every structure, compiled, run, and read back from its history. */
import { describe, expect, it } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import { createTimeline, timeline } from "../../lib/runtime/timeline.ts";
import { bundleOf, TODAY } from "../compiler/bundle-of.ts";
import { dataFolder, openRuntime } from "../local/runtime-world.ts";

const STEPS = `
- id: a
  task: code/flaky.ts
  retry: [{ on: [Flaky], attempts: 2, interval: 1s }]
- id: total
  set: "{% $a.n + 1 %}"
- id: skipped
  if: "{% $total > 100 %}"
  task: code/echo.ts
  with: { n: 1 }
- id: outer
  map: "{% [1, 2] %}"
  as: x
  steps:
    - id: inner
      map: "{% [1, 2] %}"
      as: y
      steps:
        - { id: leaf, task: code/echo.ts, with: { n: "{% $x * $y %}" } }
- id: again
  repeat: { max: 2, until: "{% $turn.n > 10 %}" }
  steps:
    - { id: turn, task: code/echo.ts, with: { n: 5 } }
    - id: nested
      repeat: { max: 2, until: "{% $deep.n > 10 %}" }
      steps:
        - { id: deep, task: code/echo.ts, with: { n: 5 } }
- id: which
  switch:
    - when: "{% $total = 2 %}"
      steps: [{ id: two, task: code/echo.ts, with: { n: 2 } }]
    - otherwise: [{ id: other, task: code/echo.ts, with: { n: 2 } }]
- id: both
  parallel:
    left: [{ id: calm, task: code/echo.ts, with: { n: 2 } }]
    right:
      - id: failing
        task: code/boom.ts
        catch: [{ on: [Boom], steps: [{ id: rescue, task: code/echo.ts, with: { n: 9 } }] }]
- id: last
  task: code/echo.ts
  with: { n: "{% $which.n + $both.right.n %}" }
`;

const CODE: Readonly<Record<string, string>> = {
  "code/flaky.ts": `let calls = 0;
    export const handler = async () => {
      if (calls++ === 0) throw Object.assign(new Error("once"), { name: "Flaky" });
      return { n: 1 };
    };`,
  "code/echo.ts":
    "export const handler = async ({ input, step }) => ({ n: input.n, at: step.iteration });",
  "code/boom.ts": `export const handler = async () => {
      throw Object.assign(new Error("no"), { name: "Boom" });
    };`,
};

describe("the timeline of a compiled bundle", () => {
  it("has a row for each step, with iteration, attempts and outcome", async () => {
    const { plan, diagnostics } = compile(bundleOf(STEPS), { today: TODAY });
    if (!plan) throw new Error(JSON.stringify(diagnostics));
    const runtime = await openRuntime(await dataFolder());
    const code = new Map(Object.entries(CODE).map(([entry, js]) => [entry, { js, map: "{}" }]));
    await runtime.deploy({
      plan,
      digest: `sha256:${"1".repeat(64)}`,
      code,
      files: new Map(),
      components: new Map(),
    });
    const { id } = await runtime.startRun({
      workflow: plan.workflow,
      input: {},
      principal: "carl@example.com",
    });
    const live = createTimeline(plan.steps);
    const events = [];
    for await (const event of runtime.history(id, { follow: true })) {
      events.push(event);
      live.push(event);
    }
    const run = await runtime.run(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", output: { n: 11 } });

    const rows = timeline(events, run.steps);
    expect(live.rows()).toEqual(rows);
    // Branches and iterations run side by side: their order is not fixed, so names sort them here.
    const lines = rows.map(
      ({ step, iteration, depth, outcome, attempts }) =>
        `${"  ".repeat(depth)}${step} [${iteration}] ${outcome} ${attempts.length}`,
    );
    expect(lines.sort()).toEqual(
      [
        "a [] succeeded 2",
        "total [] succeeded 0",
        "skipped [] skipped 0",
        "outer [] succeeded 0",
        "  inner [0] succeeded 0",
        "    leaf [0.0] succeeded 1",
        "    leaf [0.1] succeeded 1",
        "  inner [1] succeeded 0",
        "    leaf [1.0] succeeded 1",
        "    leaf [1.1] succeeded 1",
        "again [] succeeded 0",
        "  turn [0] succeeded 1",
        "  nested [0] succeeded 0",
        "    deep [0.0] succeeded 1",
        "    deep [0.1] succeeded 1",
        "  turn [1] succeeded 1",
        "  nested [1] succeeded 0",
        "    deep [1.0] succeeded 1",
        "    deep [1.1] succeeded 1",
        "which [] succeeded 0",
        "  two [] succeeded 1",
        "both [] succeeded 0",
        "  calm [] succeeded 1",
        "  failing [] caught 1",
        "  rescue [] succeeded 1",
        "last [] succeeded 1",
      ].sort(),
    );
    // The label is the one that the step itself was told.
    for (const { step, iteration, output } of rows) {
      if (!["leaf", "turn", "deep", "last"].includes(step)) continue;
      expect(JSON.parse(output ?? "{}")).toMatchObject({ at: iteration });
    }
    const row = (step: string) => rows.find((candidate) => candidate.step === step);
    expect(row("which")?.output).toBe(row("two")?.output);
    expect(row("failing")).toMatchObject({ error: { name: "Boom" } });
    expect(row("a")?.attempts.map(({ error }) => error?.name)).toEqual(["Flaky", undefined]);
  });
});
