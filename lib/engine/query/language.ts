/**
 * The seam between the states and their query language. A state asks its `StateQuery` what to
 * work on and what comes out; how the fields are written (JSONata's `Arguments` and `Output`,
 * JSONPath's `InputPath`, `Parameters`, `ResultPath`...) is known on the other side only.
 */
import type { Eventual, Json, JsonObject } from "../json.ts";
import type { Variables } from "../variables.ts";

/** What a query can see. */
export interface Scope {
  /** The state's input as it entered. */
  readonly input: Json;
  readonly variables: Variables;
  /** The context object; made on demand, as most queries do not look at it. */
  context(): JsonObject;
  /** What the state's work gave, once it is done. */
  readonly result?: Json | undefined;
  /** `{ Error, Cause }` while a catcher is evaluated. */
  readonly errorOutput?: Json | undefined;
}

/** What leaves a state: its output, and the variables that it assigns. */
export interface Outcome {
  readonly output: Json;
  readonly assigned: JsonObject | undefined;
}

/** The fields of one state, compiled. All throw `QueryFailure`. */
export interface StateQuery {
  /** What the state's work gets. */
  payload(scope: Scope): Eventual<Json>;
  /** Output and variables once the work has given `scope.result`. */
  outcome(scope: Scope): Eventual<Outcome>;
  /** Output and variables when catcher `index` takes `scope.errorOutput`. */
  caught(index: number, scope: Scope): Eventual<Outcome>;
  /** The index of the first choice rule that holds, or -1. */
  choose(scope: Scope): Eventual<number>;
  /** Output and variables of choice rule `index`. */
  chosen(index: number, scope: Scope): Eventual<Outcome>;
  /** A number such as `TimeoutSeconds`; undefined if the state does not have it. */
  number(field: NumberField, scope: Scope): Eventual<number | undefined>;
  /** A text such as `Timestamp` or `Cause`; undefined if the state does not have it. */
  text(field: TextField, scope: Scope): Eventual<string | undefined>;
  /** What a Map iterates over. */
  items(scope: Scope): Eventual<readonly Json[]>;
  /** The input of one iteration; `scope.context().Map` names the item. */
  item(scope: Scope, item: Json): Eventual<Json>;
}

export type NumberField =
  | "Seconds"
  | "TimeoutSeconds"
  | "HeartbeatSeconds"
  | "MaxConcurrency"
  | "ToleratedFailureCount"
  | "ToleratedFailurePercentage";

export type TextField = "Timestamp" | "Error" | "Cause";

export interface QueryLanguage {
  readonly name: "JSONata" | "JSONPath";
  /** Compiles a validated state. */
  compile(state: JsonObject): StateQuery;
}

/** Whole seconds in the range that the States Language allows. */
export const MAX_SECONDS = 99_999_999;
