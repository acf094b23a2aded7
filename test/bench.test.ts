import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FULL, type Measure, measures, QUICK } from "../bench/measures.ts";
import { median, runMeasure } from "../bench/rounds.ts";
import { renderRows } from "../bench/table.ts";
import { judge } from "../bench/verdict.ts";

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
    const aims = measures(FULL).map(({ id, peers, under }) => [id, peers[0]?.atLeast ?? under]);
    expect(Object.fromEntries(aims)).toEqual({
      "durable-chain": 5,
      "durable-chain-16": 5,
      "durable-short-16": 5,
      "memory-pass": 0.2,
      "memory-task": 0.2,
      compile: 50,
      "compile-cold": 50,
      "read-and-compile-cold": undefined,
    });
    expect(measures(FULL)[0]?.ours.options).toMatchObject({ steps: 1000, durable: true });
    expect(measures(QUICK)[0]?.ours.options).toMatchObject({ steps: 100, durable: true });
    const judged = measures(QUICK).flatMap(({ peers, under }) => [
      under,
      ...peers.map(({ atLeast }) => atLeast),
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
      ...["--only", "durable-chain,compile"],
    ]);
    const { machine, rows } = JSON.parse(stdout);
    expect(machine).toMatchObject({ node: process.version });
    expect(rows.map(({ measure }: { measure: string }) => measure)).toEqual([
      "durable-chain",
      "compile",
    ]);
    for (const { value } of rows) expect(value).toBeGreaterThan(0);
  });

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
