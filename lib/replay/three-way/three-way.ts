/**
 * A run as it was, as another bundle would do it, and as somebody expects it: what is different, step by
 * step, and which change of the bundle explains it. Plain data: `--json` prints it, pages show it.
 */
import type { Change } from "../../bundle/index.ts";
import type { Json } from "../../runtime/json.ts";
import type { Source } from "../guard/protocol.ts";
import type { ReplayReport } from "../report.ts";

export interface ThreeWay {
  readonly format: 1;
  readonly run: ReplayReport["run"];
  /** `old`: the run's own; `current`: the other. */
  readonly bundles: Sides<BundleName>;
  /** Whether the other bundle does the same; else whether it comes closer to what is expected. */
  readonly verdict: ThreeWayVerdict;
  /** Null where nothing is expected. */
  readonly expected: {
    /** Places that are not as expected. */
    readonly off: Sides<number>;
  } | null;
  /** What nobody knows before a model, a person or the world was asked: until then the recorded answer stands in. */
  readonly open: readonly OpenAnswer[];
  readonly end: ThreeWayEnd;
  readonly totals: Sides<Totals>;
  /** In the order in which they began: those of the run, those that are new after what they follow. */
  readonly steps: readonly ThreeWayStep[];
  /** All that is different between the two bundles; null where one of them is not kept with its manifest. */
  readonly changes: readonly Change[] | null;
}

export interface Sides<T> {
  readonly old: T;
  readonly current: T;
}

export interface BundleName {
  readonly digest: string;
  /** Null where the bundle is not kept. */
  readonly version: string | null;
}

/**
 * `same`: nothing is different. `better`, `worse`: fewer, or more, places are off from what is expected.
 * `other`: different, and neither; also where nothing is expected.
 */
export type ThreeWayVerdict = "same" | "better" | "worse" | "other";

/**
 * `model`: it is asked something else; `decision`: the evidence or the policy is another; `world`: a
 * function that reads or changes something outside is asked something else, or for the first time.
 */
export type OpenKind = "model" | "decision" | "world";

export interface OpenAnswer extends StepPlace {
  readonly needs: OpenKind;
}

export interface StepPlace {
  readonly step: string;
  /** Position in the maps and repeats around it, as `3` or `3.0`. */
  readonly iteration: string;
}

export interface ThreeWayStep extends StepPlace {
  readonly kind: string;
  /** The structure around it. */
  readonly parent: string | null;
  readonly verdict: "same" | "differs" | "new" | "gone";
  readonly needs: OpenKind | null;
  /** Null: it was not reached. */
  readonly old: StepFacts | null;
  readonly current: StepFacts | null;
  readonly differences: readonly ThreeWayDifference[];
  /** Differences beyond those. */
  readonly notShown: number;
}

export interface StepFacts {
  readonly outcome: string;
  /** Of calls: the recorded time, also in the replay; null where none is recorded. Of waits: virtual. */
  readonly durationMs: number | null;
  /** What models have used; null: nobody knows before one is asked. */
  readonly usage: Usage | null;
}

export interface Usage {
  /** Calls of models. */
  readonly turns: number;
  readonly toolCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** By currency, in millionths. */
  readonly costs: { readonly [currency: string]: number };
}

/** Of all steps together; of those that are not known, what was recorded. */
export interface Totals extends Usage {
  /** Time in calls and waits, without that in which people decided. */
  readonly durationMs: number;
}

export interface ThreeWayEnd {
  readonly status: Sides<string>;
  readonly differences: readonly ThreeWayDifference[];
  readonly notShown: number;
}

export type Aspect =
  /** Whether it was reached, and how it ended. */
  | "path"
  /** Of approvals: who decided what; of switches: the branch. */
  | "decision"
  | "output"
  /** Of `retrieve`. */
  | "documents"
  /** What a function, a model, an agent or a person was asked. */
  | "request"
  | "turns"
  | "tokens"
  | "cost"
  | "duration";

export interface ThreeWayDifference {
  readonly aspect: Aspect;
  /** Names and indices, as `decisions[3].verdict`; empty for the whole. */
  readonly path: string;
  /** Absent where that side has nothing there. */
  readonly old?: Json;
  readonly current?: Json;
  /** Absent where nothing is expected, or where nothing is expected to be there (`isExpected`). */
  readonly expected?: Json;
  /** Whether the current value is the expected one; null where nothing is expected. */
  readonly isExpected: boolean | null;
  /** Empty where old and current are the same, and both not as expected. */
  readonly because: readonly Because[];
}

export type Because = {
  /** Steps through which it came here, the first is where it began; empty: in this step itself. */
  readonly via: readonly string[];
} & (
  | {
      readonly kind: "change";
      /** Index into `changes`. */
      readonly change: number;
    }
  /** What is another each time: the step is not deterministic. */
  | {
      readonly kind: "circumstance";
      readonly source: Source;
      readonly what: string;
      readonly at: string | null;
    }
  /** No change of the bundle explains it. */
  | { readonly kind: "unknown"; readonly what: string }
);
