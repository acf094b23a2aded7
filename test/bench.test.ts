import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { App } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FULL, type Measure, measures, QUICK } from "../bench/measures.ts";
import { functionCode } from "../bench/peers/plain-cdk/code.ts";
import { makePlainStacks } from "../bench/peers/plain-cdk/stacks.ts";
import { median, runMeasure } from "../bench/rounds.ts";
import { writeBundles, writePlainHandlers } from "../bench/synth/project.ts";
import { compareResources, countResources } from "../bench/synth/run-app.ts";
import { renderRows } from "../bench/table.ts";
import { judge } from "../bench/verdict.ts";
import { buildApp } from "../lib/constructs/app.ts";

const REPORT = resolve(import.meta.dirname, "../bench/peers/report.mjs");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-bench-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, source: string) {
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, `import { report } from ${JSON.stringify(REPORT)};\n${source}\n`);
  return { name, file, options: { factor: 2 } };
}

async function measureOf(ours: string, theirs: string): Promise<Measure> {
  return {
    id: "example",
    title: "example of a measure",
    unit: "steps/s",
    ours: await program("Espalier", ours),
    peers: [
      { ...(await program("Peer", theirs)), atLeast: 5 },
      { ...(await program("Other", theirs)) },
    ],
    rounds: 3,
  };
}

describe("the benchmark", () => {
  it("measures every peer against an aim only with the sizes of the issue", () => {
    const aims = measures(FULL).map(({ id, peers, under, atMost, atLeast }) => [
      id,
      peers[0]?.atLeast ?? peers[0]?.atMost ?? under ?? atMost ?? atLeast,
    ]);
    expect(Object.fromEntries(aims)).toEqual({
      "durable-chain": 5,
      "durable-chain-16": 5,
      "durable-short-16": 5,
      "memory-pass": 0.2,
      "memory-task": 0.2,
      compile: 50,
      "compile-cold": 50,
      "read-and-compile-cold": undefined,
      "agent-loop": undefined,
      "agent-loop-stand-in": 1 / 1.5,
      "agent-loop-http": 1 / 1.5,
      "agent-replay": undefined,
      "approval-latency": 100,
      "support-ticket": 0,
      replay: 500,
      regression: 5000,
      synth: 1.5,
      "synth-many": 1.3,
      "function-step": undefined,
      "function-agent": 1.15,
      "function-intake": undefined,
      "function-approval": undefined,
      "function-runs": undefined,
      "function-snapshot": undefined,
      "function-agent-size": 1.15,
    });
    expect(measures(FULL)[0]?.ours.options).toMatchObject({ steps: 1000, durable: true });
    expect(measures(QUICK)[0]?.ours.options).toMatchObject({ steps: 100, durable: true });
    const judged = measures(QUICK).flatMap(({ peers, under, atMost, atLeast }) => [
      ...[under, atMost, atLeast],
      ...peers.flatMap((peer) => [peer.atLeast, peer.atMost]),
    ]);
    expect(judged.filter((aim) => aim !== undefined)).toEqual([]);
  });

  it("runs each program in its own process, in every round, in alternating order", async () => {
    const measure = await measureOf(
      "await report(async ({ factor }) => ({ value: 100 * factor }));",
      "await report(async () => ({ value: 20 }));",
    );
    const order: string[] = [];
    const figures = await runMeasure(measure, ({ name }, round) => order.push(`${name} ${round}`));
    expect(order).toEqual([
      "Espalier 1",
      "Peer 1",
      "Other 1",
      "Other 2",
      "Peer 2",
      "Espalier 2",
      "Espalier 3",
      "Peer 3",
      "Other 3",
    ]);
    expect(figures.map(({ values }) => values)).toEqual([
      [200, 200, 200],
      [20, 20, 20],
      [20, 20, 20],
    ]);
    const rows = judge(measure, figures);
    expect(rows.map(({ program, ratio, met }) => [program, ratio, met])).toEqual([
      ["Espalier", null, null],
      ["Peer", 10, true],
      ["Other", 10, null],
    ]);
    expect(renderRows(rows)).toEqual([
      "example of a measure",
      "  Espalier  200  steps/s",
      "  Peer       20  steps/s  10 ×  ≥ 5 ×  met",
      "  Other      20  steps/s  10 ×",
    ]);
  });

  it("says why a peer is not available, tries it once, and goes on", async () => {
    const measure = await measureOf(
      "await report(async () => ({ value: 100 }));",
      'await report(async () => await import("no-such-package-of-a-peer"));',
    );
    let runs = 0;
    const rows = judge(measure, await runMeasure(measure, () => runs++));
    expect(runs).toBe(5);
    expect(rows.map(({ value, met }) => [value, met])).toEqual([
      [100, null],
      [null, null],
      [null, null],
    ]);
    expect(renderRows(rows).slice(-2)).toEqual([
      "Peer is not available here: Cannot find package 'no-such-package-of-a-peer' (not installed, or not built)",
      "Other is not available here: Cannot find package 'no-such-package-of-a-peer' (not installed, or not built)",
    ]);
  });

  it("names the error of a program that crashes instead of reporting", async () => {
    const measure = await measureOf(
      "await report(async () => ({ value: 100 }));",
      'setTimeout(() => { throw new TypeError("out of order"); }, 0); await report(() => new Promise(() => {}));',
    );
    const [, peer] = await runMeasure(measure, () => {});
    expect(peer).toEqual({ values: [], unavailable: "TypeError: out of order" });
  });

  it("does not call an aim met that a ratio misses by a little", async () => {
    const measure = await measureOf("", "");
    const [, peer] = judge(measure, [{ values: [99] }, { values: [20] }, { values: [20] }]);
    expect(peer).toMatchObject({ ratio: 4.95, aim: "≥ 5 ×", met: false });
    expect(renderRows(peer === undefined ? [] : [peer])[1]).toMatch(/NOT MET$/);
  });

  it("holds a rate against an aim of its own", async () => {
    const measure: Measure = {
      ...(await measureOf("", "")),
      unit: "runs/s",
      atLeast: 500,
      peers: [],
    };
    expect(judge(measure, [{ values: [500] }])).toMatchObject([{ aim: "≥ 500 runs/s", met: true }]);
    expect(judge(measure, [{ values: [499] }])).toMatchObject([{ met: false }]);
  });

  it("holds times against an aim from above, and shows further figures under their program", async () => {
    const { peers: _, ...own } = await measureOf("", "");
    const [peer] = (await measureOf("", "")).peers;
    if (!peer) throw new Error("no peer");
    const { atLeast: __, ...slower } = peer;
    const measure: Measure = {
      ...own,
      unit: "ms",
      atMost: 300,
      peers: [
        { ...slower, name: "Slow", atMost: 1.5 },
        { ...slower, name: "Quick", atMost: 1.5 },
      ],
    };
    const parts = [{ name: "size", unit: "KB", values: [3, 1, 2] }];
    const rows = judge(measure, [{ values: [300], parts }, { values: [200] }, { values: [199] }]);
    expect(renderRows(rows)).toEqual([
      "example of a measure",
      "  Espalier        300  ms          ≤ 300 ms  met",
      "  Espalier: size    2  KB",
      "  Slow            200  ms   1.5 ×   ≤ 1.5 ×  met",
      "  Quick           199  ms  1.51 ×   ≤ 1.5 ×  NOT MET",
    ]);
  });

  it("compares with a plain CDK app that makes the same resources", async () => {
    process.env.CDK_VALIDATION = "false";
    writeBundles(folder, 1, 2);
    writePlainHandlers(join(folder, "plain"), 2);
    const ours = new App({ outdir: join(folder, "ours.out"), analyticsReporting: false });
    await buildApp({ root: folder, app: ours });
    const plain = new App({ outdir: join(folder, "plain.out"), analyticsReporting: false });
    makePlainStacks(plain, functionCode("as-it-is", join(folder, "plain")));
    const [own, theirs] = [ours, plain].map((app) => countResources(app.synth().directory));
    compareResources(own ?? new Map(), theirs ?? new Map());
    expect(own?.get("AWS::Lambda::Function")).toBe(6);
  }, 60_000);

  it("compares syntheses of the same resources only", () => {
    const queues = new Map([["AWS::SQS::Queue", 2]]);
    expect(() => compareResources(queues, new Map(queues))).not.toThrow();
    expect(() => compareResources(queues, new Map([["AWS::SNS::Topic", 1]]))).toThrow(
      "bench/peers/plain-cdk has not the same resources: AWS::SQS::Queue (2, plain 0), AWS::SNS::Topic (0, plain 1)",
    );
  });

  it.each([
    [[], undefined],
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])("takes the median of %j as %s", (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});

describe("npm run bench", () => {
  it("prints one JSON document with the machine and our figures", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...["--import", "tsx", "bench/index.ts", "--quick", "--without-peers", "--json"],
      ...[
        "--only",
        "durable-chain,compile,agent-loop,agent-replay,function-approval,function-agent",
      ],
    ]);
    const { machine, rows } = JSON.parse(stdout);
    expect(machine).toMatchObject({ node: process.version });
    expect([...new Set(rows.map(({ measure }: { measure: string }) => measure))]).toEqual([
      "durable-chain",
      "compile",
      "agent-loop",
      "agent-replay",
      "function-agent",
      "function-approval",
    ]);
    for (const { value } of rows) expect(value).toBeGreaterThan(0);
  }, 120_000);

  it("refuses a measure that it does not have, with exit code 2", async () => {
    const failure = await promisify(execFile)(process.execPath, [
      ...["--import", "tsx", "bench/index.ts", "--only", "durable-chian"],
    ]).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no measure "durable-chian"'),
    });
  });
});
