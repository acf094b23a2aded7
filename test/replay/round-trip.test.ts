import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { compile } from "../../lib/compiler/index.ts";
import { bundleOfManifest, TODAY } from "../compiler/bundle-of.ts";
import { generateManifest } from "../compiler/generate-manifest.ts";
import { digestNumber, recordRun } from "./record-run.ts";

const run = promisify(execFile);
const RUNS = Number(process.env.ESPALIER_RUNS ?? 200);
const ROOT = resolve(import.meta.dirname, "../..");

/** Calls that must have run again for each run, by the kind of their step. */
const LEAST = { task: 1, agent: 0.4, model: 0.02, retrieve: 0.02, prompt: 0.02 };

interface Line {
  readonly id: string;
  readonly isIdentical: boolean;
  readonly steps: number;
  /** Calls that ran again, by the kind of their step. */
  readonly again: { readonly [kind: string]: number };
  readonly odd: unknown;
}

it("replays generated runs with the same bytes, in a process that has nothing but their folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "espalier-round-"));
  try {
    const samples = fc.sample(
      fc.tuple(
        fc.array(fc.nat(255), { minLength: 40, maxLength: 260, size: "max" }),
        fc.boolean(),
        fc.nat(1_000_000),
      ),
      { numRuns: RUNS, seed: 20261121 },
    );
    const ends = new Map<string, number>();
    for (const [i, [choices, flag, seed]] of samples.entries()) {
      const { manifest, behaviour } = generateManifest(choices);
      const { plan } = compile(bundleOfManifest(stringify(manifest)), { today: TODAY });
      if (plan === undefined) throw new Error("no plan");
      let state = seed;
      const delay = () => {
        state = (state * 1103515245 + 12345) % 2147483648;
        return state % 700;
      };
      const items = [0, 1, 2, 3].map((k) => ({ k, odd: k % 2 === 1 }));
      const world = { behaviour, input: { n: 3, flag, items }, config: { limit: 2 }, delay };
      const id = `run-${String(i).padStart(4, "0")}`;
      const { status } = await recordRun(folder, id, plan, world, digestNumber(i));
      ends.set(status, (ends.get(status) ?? 0) + 1);
    }
    const { stdout } = await run(
      process.execPath,
      ["--import", "tsx", join(ROOT, "test/replay/replay-folder.ts"), folder],
      { cwd: ROOT, maxBuffer: 2 ** 26 },
    );
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    expect(lines.filter(({ isIdentical }) => !isIdentical)).toEqual([]);
    expect(lines).toHaveLength(RUNS);
    // It would prove little if runs failed at once, or no code ran again.
    expect(ends.get("SUCCEEDED") ?? 0).toBeGreaterThan(RUNS / 4);
    expect(ends.get("FAILED") ?? 0).toBeGreaterThan(0);
    for (const [kind, least] of Object.entries(LEAST)) {
      const calls = lines.reduce((sum, { again }) => sum + (again[kind] ?? 0), 0);
      expect(calls, kind).toBeGreaterThan(RUNS * least);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 600_000);
