/** The scenarios of one bundle's folder, on the bundle as it is now, and on an earlier one. */

import { displayPath } from "../../manifest/read-source.ts";
import type { ReplayBundle } from "../../replay/index.ts";
import type { SuiteResult } from "../../replay/scenarios/report.ts";
import type { SuiteTest } from "../../replay/scenarios/test-suite.ts";
import type { Invocation } from "../command.ts";
import { withBundle } from "../replay/open-bundle.ts";
import { liveTest } from "./live-test.ts";
import { withEarlierBundle } from "./with-earlier-bundle.ts";

export interface TestFolderOptions {
  readonly generate: boolean;
  readonly repeat: number;
  readonly since?: string | undefined;
  readonly live: boolean;
  /** Millionths of the models' currency. */
  readonly budget?: number | undefined;
}

export async function testFolder(
  invocation: Invocation,
  folder: string,
  { since, live, budget, ...options }: TestFolderOptions,
): Promise<SuiteResult> {
  const { testSuite } = await import("../../replay/scenarios/test-suite.ts");
  const { io, out } = invocation;
  let count = 0;
  const perform = (
    bundle: ReplayBundle,
    run: SuiteTest["run"],
    earlier?: SuiteTest["since"],
  ): Promise<SuiteResult> =>
    testSuite({
      ...{ folder, shown: displayPath(folder, io.cwd), plan: bundle.plan, digest: bundle.digest },
      ...options,
      ...{ run, since: earlier },
      done({ name }) {
        count += 1;
        out.progress(`${count} done, last ${name}`);
      },
    });
  return withBundle(invocation, folder, (bundle, store) =>
    withPool(bundle, store, async (run) => {
      if (live) return perform(bundle, await liveTest(invocation, bundle, budget, run));
      if (since === undefined) return perform(bundle, run);
      return withEarlierBundle(invocation, since, folder, (before, other) =>
        withPool(before, other, (runBefore) => {
          const { digest, plan } = before;
          const shown = { bundle: digest, version: plan.version, shown: since };
          return perform(bundle, run, { ...shown, run: runBefore });
        }),
      );
    }),
  );
}

async function withPool<T>(
  { digest }: ReplayBundle,
  store: string,
  use: (run: SuiteTest["run"]) => Promise<T>,
): Promise<T> {
  const { ScenarioPool } = await import("../../replay/scenarios/scenario-pool.ts");
  const pool = new ScenarioPool({ store, digest });
  try {
    return await use((job) => pool.test(job));
  } finally {
    await pool.close();
  }
}
