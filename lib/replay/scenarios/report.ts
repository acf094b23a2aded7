/** What a test of scenarios has found. Plain data: `--json` prints it, and the data folder keeps it. */
import type { Json } from "../../runtime/json.ts";

export type ScenarioVerdict =
  | "passed"
  | "failed"
  /** It came out in more than one way, or depends on more than its input. */
  | "flaky"
  /** Everything holds, but on an answer to another question, or a judge was not asked. */
  | "unproven"
  /** Its files are wrong. */
  | "invalid";

export interface CheckResult {
  readonly check: string;
  readonly says: string | null;
  readonly result: "passed" | "failed" | "not asked";
  /** What was found, and expected; null where it holds. */
  readonly message: string | null;
  /** `FILE:LINE:COLUMN`. */
  readonly place: string;
}

export interface ScenarioResult {
  readonly name: string;
  /** Its folder; of a generated one, that of the scenario whose input was varied. */
  readonly place: string;
  readonly origin: "captured" | "written" | "generated";
  readonly verdict: ScenarioVerdict;
  /** On the earlier bundle; absent without `--since`. */
  readonly before?: ScenarioVerdict;
  /** Null where it did not run. */
  readonly end: { readonly status: string; readonly error: string | null } | null;
  readonly output: Json;
  readonly checks: readonly CheckResult[];
  /** Why it is not passed, beside checks. */
  readonly reasons: readonly string[];
  /** What is worth knowing, and no reason. */
  readonly notes: readonly string[];
  /** By currency, in millionths. */
  readonly cost: { readonly [currency: string]: number };
  /** Of all models and agents. */
  readonly turns: number;
  readonly milliseconds: number;
}

export type Counts = Readonly<Record<ScenarioVerdict, number>>;

export interface SuiteResult {
  readonly workflow: string;
  readonly version: string;
  readonly bundle: string;
  readonly folder: string;
  /** With `--since`: the earlier bundle. */
  readonly since: {
    readonly bundle: string;
    readonly version: string;
    readonly shown: string;
  } | null;
  readonly isMet: boolean;
  /** Thresholds that are not met, in words. */
  readonly unmet: readonly string[];
  readonly counts: Counts;
  readonly scenarios: readonly ScenarioResult[];
}

export interface TestReport {
  readonly format: 1;
  readonly isMet: boolean;
  readonly suites: readonly SuiteResult[];
}
