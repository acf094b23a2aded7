/** A program: replays every run of a data folder, and prints one line of JSON for each. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import { GuardedCode } from "../../lib/replay/guard/guarded-code.ts";
import { openBundleSnapshot, openRun, replayRun } from "../../lib/replay/index.ts";

const folder = process.argv[2] ?? "";
const artifacts = memoryArtifacts();
// In this very process, as in a thread of a pool: two hundred threads would take a minute to start.
const guarded = new GuardedCode();
for (const id of (await readdir(join(folder, "runs"))).sort()) {
  const run = await openRun(join(folder, "runs", id));
  const bundle = await openBundleSnapshot(join(folder, "bundles"), run.run.digest);
  const reach = {
    file: async (path: string) => bundle.readFile(path) ?? null,
    artifact: async () => null,
    stored: async () => undefined,
  };
  const report = await replayRun(run, bundle, {
    artifacts,
    code: () => ({ run: (call) => guarded.run(call, reach) }),
  });
  const { isIdentical, steps, missing, path, end } = report;
  const again: Record<string, number> = {};
  for (const { how, kind } of steps) if (how === "run") again[kind] = (again[kind] ?? 0) + 1;
  const odd = isIdentical
    ? []
    : [{ steps: steps.filter((s) => s.verdict !== "same"), missing, path, end }];
  process.stdout.write(`${JSON.stringify({ id, isIdentical, steps: steps.length, again, odd })}\n`);
}
