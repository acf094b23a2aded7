/** Tests many scenarios on one bundle, on all cores. */
import { join } from "node:path";
import { openBundleSnapshot, type ReplayBundle } from "../bundle-snapshot.ts";
import type { BundlePlace } from "../pool/replay-thread.ts";
import { ThreadLost, ThreadPool } from "../pool/thread-pool.ts";
import { playScenario } from "./play-scenario.ts";
import type { ScenarioResult } from "./report.ts";
import { openScenario } from "./scenario.ts";
import type { ScenarioJob } from "./test-scenario.ts";

/** Nothing is read from a store: a scenario brings its artifacts. */
const NO_ARTIFACTS = {
  // biome-ignore lint/correctness/useYield: there is none
  async *open(digest: string): AsyncGenerator<Uint8Array> {
    throw new Error(`There is no artifact ${digest}.`);
  },
};

export class ScenarioPool {
  readonly #place: BundlePlace;
  readonly #threads: ThreadPool<BundlePlace, ScenarioJob, ScenarioResult>;
  #bundle: Promise<ReplayBundle> | undefined;

  constructor({ store, digest }: BundlePlace, threads?: number) {
    const place = { store, digest };
    this.#place = place;
    this.#threads = new ThreadPool({
      entry: join(import.meta.dirname, "scenario-thread.ts"),
      ...{ setup: place, artifacts: NO_ARTIFACTS, threads },
    });
  }

  /** Models are not asked. */
  async test(job: ScenarioJob): Promise<ScenarioResult> {
    try {
      return await this.#threads.run(job);
    } catch (error) {
      if (!(error instanceof ThreadLost)) throw error;
      return this.#slowly(job);
    }
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  /** Code that takes its time, or hangs, runs in a thread of its own until its step's timeout. */
  async #slowly(job: ScenarioJob): Promise<ScenarioResult> {
    this.#bundle ??= openBundleSnapshot(this.#place.store, this.#place.digest);
    const { scenario } = await openScenario(job.folder);
    if (!scenario) return this.#threads.run(job);
    const input = job.generated?.input;
    const played = job.played ?? (await playScenario(scenario, await this.#bundle, { input }));
    return this.#threads.run({ ...job, played }).catch((error: unknown): ScenarioResult => {
      if (!(error instanceof ThreadLost)) throw error;
      return {
        ...{ name: job.generated?.name ?? scenario.name, place: scenario.place },
        ...{ origin: job.generated ? "generated" : scenario.file.from ? "captured" : "written" },
        ...{ verdict: "failed", end: played.end, output: played.output, checks: [] },
        reasons: ["an expression of its checks did not end"],
        ...{ notes: played.notes, cost: {}, turns: 0, milliseconds: 0 },
      };
    });
  }
}
