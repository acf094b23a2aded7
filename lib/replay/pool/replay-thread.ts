/** The entry of a replay pool's threads. */
import { openBundleSnapshot } from "../bundle-snapshot.ts";
import { openRun, type RecordedRun } from "../recorded-run.ts";
import { ReplayError, type ReplayErrorCode } from "../replay-error.ts";
import { type ReplayOptions, replayRun } from "../replay-run.ts";
import type { ReplayReport } from "../report.ts";
import { serveJobs } from "./thread.ts";

/** Where a bundle's snapshot is. */
export interface BundlePlace {
  readonly store: string;
  readonly digest: string;
}

export interface ReplayJob extends Pick<ReplayOptions, "from" | "input"> {
  /** The run, or the folder that it is kept in. */
  readonly run: RecordedRun | string;
}

export type ReplayDone =
  | { readonly report: ReplayReport }
  | {
      readonly code: ReplayErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };

serveJobs<BundlePlace, ReplayJob, ReplayDone>(({ store, digest }, { artifacts, codeOf }) => {
  const opened = openBundleSnapshot(store, digest);
  opened.catch(() => undefined);
  return async ({ run, from, input }) => {
    try {
      const bundle = await opened;
      const recorded = typeof run === "string" ? await openRun(run) : run;
      const code: ReplayOptions["code"] = (made, of) => codeOf(of, made);
      return { report: await replayRun(recorded, bundle, { artifacts, code, from, input }) };
    } catch (error) {
      if (!(error instanceof ReplayError)) throw error;
      const { code, message, hint } = error;
      return { code, message, hint };
    }
  };
});
