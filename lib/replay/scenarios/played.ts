/** What came of a scenario's run: what checks look at. Plain data. */
import type { Json } from "../../runtime/json.ts";
import type { Usage } from "../three-way/three-way.ts";

export interface Played {
  readonly end: { readonly status: string; readonly error: string | null };
  /** What the run's error says; null where it has none. */
  readonly cause: string | null;
  readonly input: Json;
  readonly output: Json;
  /** By step: outputs; lists for steps in maps and repeats. */
  readonly steps: { readonly [id: string]: Json };
  /** By step that calls: what it was given; lists as in `steps`. */
  readonly asked: { readonly [id: string]: Json };
  /** Steps and states. */
  readonly entered: readonly string[];
  /** Steps, and tools as `tool/NAME`. */
  readonly called: readonly string[];
  /** By step: what models have used. */
  readonly usage: { readonly [id: string]: Usage };
  /** Steps whose results depend on more than their input, and on what. */
  readonly unsteady: readonly string[];
  /** Steps whose answers are to other questions. */
  readonly unproven: readonly string[];
  /** Steps that nobody has answered. */
  readonly unanswered: readonly string[];
  readonly notes: readonly string[];
}
