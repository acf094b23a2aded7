/**
 * Replays of recorded runs, each from the folder that it is kept in: its code runs again, twice a step,
 * and everything is compared. `of: "rate"` gives replays a second, `"time"` the milliseconds of all.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { compile } from "../../lib/compiler/index.ts";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import { ReplayPool } from "../../lib/replay/index.ts";
import { bundleOf, TODAY } from "../../test/compiler/bundle-of.ts";
import { digestNumber, recordRun } from "../../test/replay/record-run.ts";
import { report, time } from "../peers/report.mjs";

const Options = z.object({
  steps: z.number(),
  /** Runs that are recorded, with an input of their own each. */
  runs: z.number(),
  replays: z.number(),
  threads: z.number(),
  /** Replays before, untimed. */
  warmup: z.number(),
  of: z.enum(["rate", "time"]),
});

await report(async (given) => {
  const { steps, runs, replays, threads, warmup, of } = Options.parse(given);
  const folder = await mkdtemp(join(tmpdir(), "espalier-bench-replay-"));
  const manifest = Array.from({ length: steps }, (_, i) => {
    const before = i === 0 ? "$input" : `$s${i - 1}`;
    return `- { id: s${i}, task: code/s${i}.ts, with: { before: "{% ${before} %}" } }\n`;
  });
  const { plan } = compile(bundleOf(manifest.join("")), { today: TODAY });
  if (!plan) throw new Error("The measured workflow does not compile.");
  const digest = digestNumber(1);
  for (let n = 0; n < runs; n++) {
    const world = { behaviour: new Map(), input: { n }, config: {}, delay: () => 0 };
    await recordRun(folder, `run-${n}`, plan, world, digest);
  }
  const bundle = { store: join(folder, "bundles"), digest };
  const pool = new ReplayPool(bundle, { artifacts: memoryArtifacts(), threads });
  const replay = async (number: number) => {
    const { isIdentical, steps: done } = await pool.replay(
      join(folder, "runs", `run-${number % runs}`),
    );
    if (!isIdentical || done.length !== steps) throw new Error("The replay is not identical.");
  };
  const all = async (count: number) => {
    await Promise.all(Array.from({ length: count }, (_, i) => replay(i)));
  };
  try {
    await all(warmup);
    const before = process.cpuUsage();
    const ms = await time(() => all(replays));
    // Of all threads: beside other work, what the clock says is not what a replay takes.
    const { user, system } = process.cpuUsage(before);
    const cpu = (user + system) / 1000 / replays;
    return {
      value: of === "time" ? ms : (1000 * replays) / ms,
      ms,
      parts: [{ name: "cpu of one replay", value: cpu, unit: "ms" }],
    };
  } finally {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  }
});
