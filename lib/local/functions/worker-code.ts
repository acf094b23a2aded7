import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

export interface WorkerCode {
  /** The file that a worker runs. */
  readonly file: string;
  remove(): Promise<void>;
}

/** Bundles the worker's own code into one file of JavaScript, in a temporary folder. */
export async function buildWorkerCode(): Promise<WorkerCode> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "worker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: false,
  });
  const folder = await mkdtemp(join(tmpdir(), "espalier-worker-"));
  const file = join(folder, "worker.mjs");
  await writeFile(file, outputFiles[0]?.contents ?? "");
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
