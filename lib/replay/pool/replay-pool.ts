/** Replays many runs on one bundle, on all cores. */
import { join } from "node:path";
import { openBundleSnapshot, type ReplayBundle } from "../bundle-snapshot.ts";
import { openRun } from "../recorded-run.ts";
import { ReplayError } from "../replay-error.ts";
import { type ReplayOptions, replayRun } from "../replay-run.ts";
import type { ReplayReport } from "../report.ts";
import type { BundlePlace, ReplayDone, ReplayJob } from "./replay-thread.ts";
import { ThreadLost, ThreadPool } from "./thread-pool.ts";

/**
 * `replayRun` for regressions: each thread opens the bundle once, compiles its machine once, and keeps
 * its code warm, as Lambda does. Code that hangs or ends its thread is run again in a thread of its own,
 * which reports what it did. Models are not asked: for `live`, use `replayRun`.
 */
export class ReplayPool {
  readonly #place: BundlePlace;
  readonly #artifacts: ReplayOptions["artifacts"];
  readonly #threads: ThreadPool<BundlePlace, ReplayJob, ReplayDone>;
  #bundle: Promise<ReplayBundle> | undefined;

  constructor(
    bundle: BundlePlace,
    options: Pick<ReplayOptions, "artifacts"> & { readonly threads?: number | undefined },
  ) {
    const entry = join(import.meta.dirname, "replay-thread.ts");
    this.#place = bundle;
    this.#artifacts = options.artifacts;
    this.#threads = new ThreadPool({ ...options, entry, setup: bundle });
  }

  /** The run, or the folder that it is kept in. Throws `ReplayError` as `openRun` and `replayRun` do. */
  async replay(run: ReplayJob["run"], options: Omit<ReplayJob, "run"> = {}): Promise<ReplayReport> {
    const done = await this.#threads.run({ run, ...options }).catch((error: unknown) => {
      if (!(error instanceof ThreadLost)) throw error;
      return this.#alone({ run, ...options });
    });
    if ("report" in done) return done.report;
    throw new ReplayError(done.code, done.message, done.hint);
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  async #alone({ run, from, input }: ReplayJob): Promise<ReplayDone> {
    this.#bundle ??= openBundleSnapshot(this.#place.store, this.#place.digest);
    const recorded = typeof run === "string" ? await openRun(run) : run;
    const options = { artifacts: this.#artifacts, from, input };
    return { report: await replayRun(recorded, await this.#bundle, options) };
  }
}
