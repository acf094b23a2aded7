/** Replays of one recorded run, one after the other: its code runs again, twice a step. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { compile } from "../../lib/compiler/index.ts";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import { CodeRunner, openBundleSnapshot, openRun, replayRun } from "../../lib/replay/index.ts";
import { bundleOf, TODAY } from "../../test/compiler/bundle-of.ts";
import { digestNumber, recordRun } from "../../test/replay/record-run.ts";
import { report, time } from "../peers/report.mjs";

const Options = z.object({ steps: z.number(), replays: z.number() });

await report(async (given) => {
  const { steps, replays } = Options.parse(given);
  const folder = await mkdtemp(join(tmpdir(), "espalier-bench-replay-"));
  const manifest = Array.from({ length: steps }, (_, i) => {
    const before = i === 0 ? "$input" : `$s${i - 1}`;
    return `- { id: s${i}, task: code/s${i}.ts, with: { before: "{% ${before} %}" } }\n`;
  });
  const { plan } = compile(bundleOf(manifest.join("")), { today: TODAY });
  if (!plan) throw new Error("The measured workflow does not compile.");
  const artifacts = memoryArtifacts();
  const digest = digestNumber(1);
  const world = { behaviour: new Map(), input: { n: 1 }, config: {}, delay: () => 0 };
  await recordRun(folder, "run", plan, world, digest);
  const bundle = await openBundleSnapshot(join(folder, "bundles"), digest);
  const run = await openRun(join(folder, "runs", "run"));
  const code = new CodeRunner(bundle, artifacts);
  const again = async () => {
    const { isIdentical, steps: done } = await replayRun(run, bundle, { artifacts, code });
    if (!isIdentical || done.length !== steps) throw new Error("The replay is not identical.");
  };
  try {
    for (let i = 0; i < replays; i++) await again();
    const before = process.cpuUsage();
    const ms = await time(async () => {
      for (let i = 0; i < replays; i++) await again();
    });
    // Of both threads: beside other work, what the clock says is not what a replay takes.
    const { user, system } = process.cpuUsage(before);
    const cpu = (user + system) / 1000 / replays;
    return { value: (1000 * replays) / ms, ms, parts: [{ name: "cpu", value: cpu, unit: "ms" }] };
  } finally {
    await code.close();
    await rm(folder, { recursive: true, force: true });
  }
});
