/** Replays of single runs: what differs, what is named, and what needs a model or a person. */
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openBundleSnapshot, openRun } from "../../lib/replay/index.ts";
import { answering, digestNumber } from "./record-run.ts";
import { recorded as recordedVersion, verdicts } from "./recorded.ts";

const codeOf = (body: string, head = "") =>
  `${head}\nexport const work = ({ step: { id, attempt }, input }) => { ${body} };\nexport const handler = async (call) => work(call);\n`;

/** Records a run of these steps, whose tasks are this code. */
async function recorded(steps: string, code?: string) {
  const { other, ...made } = await recordedVersion({ steps, code });
  return { ...made, other: (steps: string, code?: string) => other({ steps, code }) };
}

const TWO = `- { id: a, task: code/a.ts, with: { n: "{% $input.n %}" } }
- { id: b, task: code/b.ts, with: { of: "{% $a %}" } }
`;

it.each<[source: string, what: string, code: string]>([
  ["clock", "Date.now", codeOf('return id === "b" ? 1 : Date.now();')],
  ["random", "Math.random", codeOf('return id === "b" ? 1 : Math.random();')],
  ["environment", "process.env.PATH", codeOf('return id === "b" ? 1 : process.env.PATH;')],
  [
    "environment",
    "os.hostname",
    codeOf('return id === "b" ? 1 : hostname();', 'import { hostname } from "node:os";'),
  ],
  [
    "network",
    "net.createConnection",
    codeOf(
      'if (id === "a") createConnection(9, "127.0.0.1").on("error", () => {}); return 1;',
      'import { createConnection } from "node:net";',
    ),
  ],
  [
    "memory",
    "what the code keeps from one call to the next",
    codeOf('return id === "b" ? 1 : (calls += 1);', "let calls = 0;"),
  ],
])("names the %s in a step that is not the same again", async (source, what, code) => {
  const { replay } = await recorded(TWO, code);
  const report = await replay();
  expect(report.isIdentical).toBe(false);
  expect(report.first).toBe(0);
  expect(report.steps[0]?.cause).toMatchObject({ source, what });
  // In the recorded world, what comes after is judged on its own.
  expect(report.steps[1]).toMatchObject({ step: "b", verdict: "same" });
});

it("names an order that another circumstance has made", async () => {
  const list = (order: string) => codeOf(`return id === "b" ? 1 : ${order};`);
  const { bundles, replay } = await recorded(TWO, list('["x", "y"]'));
  const { readSnapshot, writeSnapshot } = await import("../../lib/bundle/snapshot.ts");
  const files = new Map(await readSnapshot(bundles, digestNumber(1)));
  files.set("code/a.ts.mjs", Buffer.from(list('["y", "x"]')));
  await rm(join(bundles, digestNumber(1).replace(":", "-")), { recursive: true });
  await writeSnapshot(bundles, digestNumber(1), files);
  const { steps } = await replay();
  expect(steps[0]).toMatchObject({ verdict: "differs", cause: { source: "order" } });
});

it("names expressions that ask for the time", async () => {
  const { replay } = await recorded(
    '- { id: a, task: code/a.ts, with: { at: "{% $uuid() %}" } }\n',
  );
  expect((await replay()).steps[0]).toMatchObject({
    request: "differs",
    cause: { source: "random", what: "$uuid() in an expression" },
  });
});

it("gives recorded failures again, with their retries and catches", async () => {
  const { replay } = await recorded(
    `- { id: a, task: code/a.ts, retry: [{ on: [Stock.Empty], attempts: 2, interval: 30s }] }
- { id: b, task: code/b.ts, catch: [{ on: [Stock.Gone], steps: [{ id: c, set: { v: 1 } }] }] }
`,
    codeOf(
      'if (id === "a" && attempt < 2) throw Object.assign(new Error("none"), { name: "Stock.Empty" }); if (id === "b") throw Object.assign(new Error("no"), { name: "Stock.Gone" }); return 1;',
    ),
  );
  const report = await replay();
  expect(verdicts(report)).toEqual([
    "a: run, same",
    "a: run, same",
    "a: run, same",
    "b: run, same",
  ]);
  expect(report).toMatchObject({ isIdentical: true, end: { recorded: { status: "SUCCEEDED" } } });
});

it("runs new code on the recorded world, and says what it changes", async () => {
  const { other } = await recorded(TWO, codeOf("return id;"));
  const against = await other(
    `${TWO}- { id: d, task: code/d.ts, with: { of: "{% $b %}" } }\n`,
    codeOf('return id === "a" ? "A" : id;'),
  );
  const report = await against();
  expect(report.against).toBe(true);
  expect(verdicts(report)).toEqual(["a: run, differs", "b: run, differs", "d: run, new"]);
  expect(report.steps[0]).toMatchObject({
    differences: [{ path: "answer", recorded: "a", replayed: "A" }],
    cause: { source: "bundle" },
  });
  expect(report.steps[1]).toMatchObject({
    differences: [{ path: "request.input.of", recorded: "a", replayed: "A" }],
    cause: { source: "request" },
  });
  expect(report.path).toEqual([{ state: "d", recorded: 0, replayed: 1 }]);
});

it("executes no effect of another bundle: it compares what would have been asked", async () => {
  const effect =
    "effect: write, unattended: { reason: r, owner: o@example.com, expires: 2027-01-01 }";
  const steps = (n: number) => `- { id: a, task: code/a.ts, with: { n: ${n} }, ${effect} }\n`;
  const { other } = await recorded(steps(1), codeOf("return 1;"));
  const report = await (await other(steps(2), codeOf('throw new Error("executed");')))();
  expect(report.steps).toMatchObject([
    {
      ...{ how: "record", verdict: "differs", request: "differs" },
      differences: [{ path: "request.input.n", recorded: 1, replayed: 2 }],
    },
  ]);
  const more = `${steps(1)}- { id: b, task: code/a.ts, ${effect} }\n`;
  const { other: second } = await recorded(steps(1), codeOf("return 1;"));
  const stopped = await (await second(more))();
  expect(verdicts(stopped)).toEqual(["a: record, same", "b: none, not recorded"]);
  expect(stopped.end.replayed.status).toBe("ABORTED");
});

it("keeps decisions while their evidence is the same", async () => {
  const steps = (shown: string) =>
    `- { id: a, approval: approvals/exception.yaml, with: { shown: ${shown} } }\n`;
  const { replay, other } = await recorded(steps("one"));
  expect((await replay()).isIdentical).toBe(true);
  const against = await other(steps("two"));
  const last = (await against()).steps.at(-1);
  expect(last).toMatchObject({ kind: "approval", how: "record", verdict: "needs a new decision" });
});

it("asks whom the run has asked, though the plan that is kept names others by now", async () => {
  const { bundles, replay } = await recorded("- { id: a, approval: approvals/exception.yaml }\n");
  const { readSnapshot, writeSnapshot } = await import("../../lib/bundle/snapshot.ts");
  const files = new Map(await readSnapshot(bundles, digestNumber(1)));
  const plan = Buffer.from(files.get("plan.json") ?? "").toString();
  const people = /"approvers": \[[^\]]*\]/g;
  expect(plan.match(people)?.length).toBeGreaterThan(1);
  const others = plan.replace(people, '"approvers": ["others@example.com"]');
  files.set("plan.json", Buffer.from(others));
  await rm(join(bundles, digestNumber(1).replace(":", "-")), { recursive: true });
  await writeSnapshot(bundles, digestNumber(1), files);
  expect((await replay()).isIdentical).toBe(true);
});

const ASK = (value: number) =>
  `- { id: a, model: reader, prompt: prompts/ask.md, with: { value: ${value} } }\n`;

it("answers models by the bytes of their requests, and asks others only live", async () => {
  const { replay, other } = await recorded(ASK(1), codeOf("return { v: 1 };"));
  expect(verdicts(await replay())).toEqual(["a: run, same"]);
  const against = await other(ASK(2), codeOf("return { v: 2 };"));
  expect(verdicts(await against())).toEqual(["a: record, needs live"]);
  const live = () => answering('{"v":3}');
  const asked = await against({ live });
  expect(verdicts(asked)).toEqual(["a: live, differs"]);
  expect(asked.spent).toBeGreaterThan(0);
  const refused = await against({ live, budget: 0 });
  expect(refused.end.replayed).toMatchObject({ status: "FAILED", error: "Budget.Exceeded" });
});

it("goes on from one step with a repaired input, and takes the rest from the record", async () => {
  const { replay } = await recorded(TWO, codeOf('return id === "a" ? 1 : input.of * 10;'));
  const report = await replay(1, { from: "b", input: { of: 7 } });
  expect(verdicts(report)).toEqual(["a: record, same", "b: run, differs"]);
  expect(report.steps[1]?.differences).toEqual([
    { path: "request.input.of", recorded: 1, replayed: 7 },
    { path: "answer", recorded: 10, replayed: 70 },
  ]);
  await expect(replay(1, { from: "zz" })).rejects.toMatchObject({ code: "StepNotFound" });
});

it("opens nothing that was changed, cut off or never kept", async () => {
  const { folder, bundles } = await recorded(TWO);
  await expect(openRun(bundles)).rejects.toMatchObject({ code: "RunNotKept" });
  await expect(openBundleSnapshot(bundles, digestNumber(9))).rejects.toMatchObject({
    code: "BundleNotKept",
  });
  const listing = await readFile(join(folder, "run.json"), "utf8");
  await writeFile(join(folder, "run.json"), listing.replace(/"events": \d+/, '"events": 3'));
  await expect(openRun(folder)).rejects.toMatchObject({ code: "RunIncomplete" });
  await writeFile(join(folder, "run.json"), listing);
  await appendFile(join(folder, "input.json"), " ");
  await expect(openRun(folder)).rejects.toMatchObject({ code: "RunCorrupt" });
  await rm(join(folder, "journals.json"));
  await appendFile(join(folder, "journals.json"), "{}");
  await expect(openRun(folder)).rejects.toMatchObject({ code: "RunCorrupt" });
});
