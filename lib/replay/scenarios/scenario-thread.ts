/** The entry of a scenario pool's threads. */
import { openBundleSnapshot, type ReplayBundle } from "../bundle-snapshot.ts";
import type { BundlePlace } from "../pool/replay-thread.ts";
import { serveJobs } from "../pool/thread.ts";
import type { PlayOptions } from "./play-scenario.ts";
import type { ScenarioResult } from "./report.ts";
import { type ScenarioJob, testScenario } from "./test-scenario.ts";

serveJobs<BundlePlace, ScenarioJob, ScenarioResult>(({ store, digest }, inside) => {
  const opened: Promise<ReplayBundle> = openBundleSnapshot(store, digest);
  opened.catch(() => undefined);
  return async (job) => {
    const bundle = await opened;
    const code: PlayOptions["code"] = (artifacts) => inside.codeOf(bundle, artifacts);
    return testScenario(job, bundle, { code, limited: inside.limited });
  };
});
