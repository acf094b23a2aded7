/**
 * What is kept of a run when it has ended, under `runs/RUN/`:
 *
 * | file               | what                                                                  |
 * | ------------------ | --------------------------------------------------------------------- |
 * | `input.json`       | the run's input, with who asked and with which configuration          |
 * | `output.json`      | its output; null unless it succeeded                                  |
 * | `history.jsonl.gz` | its execution history, one event a line                               |
 * | `approvals.json`   | its approvals with their evidence and decisions, oldest first         |
 * | `journals.json`    | what its models and agents have done (`trace/run-journals.ts`)         |
 * | `trace.json`       | all of it as one tree of spans, without content (`trace/trace.ts`)    |
 * | `run.json`         | written last: the run's record, and digests of these files and of all artifacts that the history names |
 *
 * Made of nothing but the execution, the approvals and the journals, so writing it again gives the same bytes.
 */
import type { RunRecord } from "./control.ts";

export const SNAPSHOT_FILES = {
  input: "input.json",
  output: "output.json",
  history: "history.jsonl.gz",
  approvals: "approvals.json",
  journals: "journals.json",
  trace: "trace.json",
  run: "run.json",
} as const;

/** Content of `run.json`. */
export interface RunSnapshot {
  readonly format: 1;
  readonly run: RunRecord;
  readonly redrives: number;
  /** Digest of the plan that it ran, among those kept with its bundle; absent: there is one. */
  readonly plan?: string;
  /** Number of events in the history. */
  readonly events: number;
  readonly files: {
    readonly [file: string]: { readonly bytes: number; readonly digest: string };
  };
  /** Digests of the artifacts that the run has made, taken or passed on, sorted. */
  readonly artifacts: readonly string[];
  /** Of these, the ones that the bundle's data classes forbid to copy; absent: none, or not looked at. */
  readonly withheld?: readonly string[];
}

/** Beside these files, in the folder of a run that was pulled: the plan that it ran. */
export const PLAN_FILE = "plan.json";

/** Events after which a run goes on only by a redrive. */
const LAST = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"];

export function isLastEvent(type: string): boolean {
  return LAST.includes(type);
}

/**
 * Adds the digests of all artifacts and stored values that a JSON text refers to. Texts inside of
 * texts (a history's inputs and outputs) count as well, however often they are quoted.
 */
export function collectArtifacts(json: string, into: Set<string>): void {
  for (const [, digest] of json.matchAll(REFERENCE)) if (digest !== undefined) into.add(digest);
}

const REFERENCE = /\$(?:artifact|stored)\\*"\s*:\s*\\*"(sha256:[0-9a-f]{64})\\*"/g;
