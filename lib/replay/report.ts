/** What a replay has found. Plain data: `--json` prints it, a diff reads it. */
import type { Json } from "../runtime/json.ts";
import type { Difference } from "./differences.ts";
import type { Source } from "./guard/protocol.ts";

export interface ReplayReport {
  readonly format: 1;
  readonly run: {
    readonly id: string;
    readonly workflow: string;
    readonly digest: string;
    readonly startedAt: string;
  };
  /** The bundle that was replayed. */
  readonly bundle: { readonly digest: string; readonly version: string };
  /** Whether it is another bundle than the run's own. */
  readonly against: boolean;
  /** Every call of the world, in the order in which they were answered. */
  readonly steps: readonly ReplayedStep[];
  /** Calls that the run made and the replay did not. */
  readonly missing: readonly CallPlace[];
  /** States that one of them has entered more often than the other. */
  readonly path: readonly PathChange[];
  readonly end: ReplayedEnd;
  /**
   * Everything is as it was recorded, and depends on nothing that was not. Where masks stand in what is kept
   * of the run: as far as that can be told.
   */
  readonly isIdentical: boolean;
  /** What cannot be told because of masks; null where there are none. */
  readonly masks: {
    /** Calls that work on masks, and made something else of them than of the values. */
    readonly calls: number;
    /** Whether the run goes another way, or ends otherwise, for no other reason. */
    readonly path: boolean;
  } | null;
  /** Index into `steps` of the first that differs; null where there is none. */
  readonly first: number | null;
  /** Micro units of the currency that models were paid with `live`; 0 without. */
  readonly spent: number;
}

export interface CallPlace {
  readonly step: string;
  readonly state: string;
  readonly iteration: string;
}

export interface ReplayedStep extends CallPlace {
  /** Counts the calls of this state and iteration from 0: attempts, and turns of an agent's loop. */
  readonly call: number;
  /** As the plan names it: `task`, `model`, `approval`, … */
  readonly kind: string;
  /** `run`: its code ran again; `record`: what was recorded was given again; `live`: a model was asked. */
  readonly how: "run" | "record" | "live" | "none";
  readonly verdict: Verdict;
  /** What it was asked, compared with what was recorded; `new` where nothing was. */
  readonly request: "same" | "differs" | "new";
  /** Of requests, then of answers; the first 20 of each. */
  readonly differences: readonly Difference[];
  readonly cause: Cause | null;
}

export type Verdict =
  /** The same answer to the same request. */
  | "same"
  /** The same answer this time; but it depends on more than its input. */
  | "unsteady"
  | "differs"
  /** It is given a mask in place of a value, and makes something else of it: nothing can be said. */
  | "masked"
  /** The run made no such call. */
  | "new"
  /** Only a model can answer; what was recorded stands in for it, where there is something. */
  | "needs live"
  /** The evidence is another; the recorded decision stands in for a new one. */
  | "needs a new decision"
  /** Only the world can answer, and nothing is recorded: the replay goes no further there. */
  | "not recorded";

export interface Cause {
  /** `bundle`: the other bundle's code, or a file of it; `masked`: what is kept of the run is masked. */
  readonly source: Source | "request" | "bundle" | "masked" | "unknown";
  /** What exactly, in words. */
  readonly what: string;
  /** Place in the sources, where it is known. */
  readonly at: string | null;
}

export interface PathChange {
  readonly state: string;
  readonly recorded: number;
  readonly replayed: number;
}

export interface End {
  readonly status: string;
  readonly output: Json;
  readonly error: string | null;
}

export interface ReplayedEnd {
  readonly recorded: End;
  readonly replayed: End;
  readonly isSame: boolean;
  readonly differences: readonly Difference[];
}
