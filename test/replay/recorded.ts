/** One recorded run in a folder of its own, and its replays. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import {
  openBundleSnapshot,
  openRun,
  type ReplayOptions,
  type ReplayReport,
  replayRun,
} from "../../lib/replay/index.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { type BundleParts, bundleOf, TODAY } from "../compiler/bundle-of.ts";
import { digestNumber, recordRun } from "./record-run.ts";

const artifacts = memoryArtifacts();

export interface Version {
  readonly steps: string;
  /** The code of all tasks: exports `work` and `handler`. */
  readonly code?: string | undefined;
  readonly parts?: BundleParts | undefined;
}

/** Records a run of this version of a bundle. */
export async function recorded(version: Version, input: Json = { n: 1 }) {
  const folder = await mkdtemp(join(tmpdir(), "espalier-replay-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const record = async (id: string, { steps, code, parts }: Version, digest: number) => {
    const { plan, diagnostics } = compile(bundleOf(steps, parts), { today: TODAY });
    if (!plan) throw new Error(JSON.stringify(diagnostics));
    const world = { behaviour: new Map(), input, config: {}, delay: () => 40 };
    return recordRun(folder, id, plan, { ...world, ...(code && { code }) }, digestNumber(digest));
  };
  const { status } = await record("run", version, 1);
  const bundles = join(folder, "bundles");
  const replay = async (digest = 1, options: Partial<ReplayOptions> = {}) => {
    const own = await openBundleSnapshot(bundles, digestNumber(1));
    const bundle = await openBundleSnapshot(bundles, digestNumber(digest));
    return replayRun(await openRun(join(folder, "runs", "run")), bundle, {
      ...{ artifacts, own },
      ...options,
    });
  };
  /** Keeps another bundle, by running it once. */
  const other = async (version: Version) => {
    await record("other", version, 2);
    return (options: Partial<ReplayOptions> = {}) => replay(2, options);
  };
  return { folder: join(folder, "runs", "run"), bundles, status, replay, other };
}

export const verdicts = (report: ReplayReport) =>
  report.steps.map(({ step, how, verdict }) => `${step}: ${how}, ${verdict}`);
