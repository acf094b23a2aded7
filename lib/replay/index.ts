/** Replay: what is kept of a run, run again. */
export { openBundleSnapshot, type ReplayBundle } from "./bundle-snapshot.ts";
export type { Difference } from "./differences.ts";
export { CodeRunner } from "./guard/code-runner.ts";
export { ReplayPool } from "./pool/replay-pool.ts";
export { openRun, type RecordedRun } from "./recorded-run.ts";
export { ReplayError } from "./replay-error.ts";
export { type ReplayOptions, replayRun } from "./replay-run.ts";
export type { Cause, ReplayedStep, ReplayReport, Verdict } from "./report.ts";
