/** Which fields each type of state may and must have. */
import type { StateType } from "./machine.ts";

export interface Problem {
  /** As AWS names it: SCHEMA_VALIDATION_FAILED, MISSING_TRANSITION_TARGET... */
  readonly code: string;
  readonly message: string;
  /** A path into the definition, as `/States/Review/Next`; empty for the whole. */
  readonly location: string;
}

const COMMON = ["Type", "Comment", "QueryLanguage"];
const FLOW = ["Next", "End"];
const PATHS = ["InputPath", "OutputPath"];
const ERRORS = ["Retry", "Catch"];
const RESULTS = ["ResultPath", "ResultSelector", "Parameters"];

const of = (...lists: readonly (readonly string[])[]): ReadonlySet<string> => new Set(lists.flat());

export const FIELDS: Readonly<Record<StateType, ReadonlySet<string>>> = {
  Pass: of(COMMON, FLOW, PATHS, ["Result", "ResultPath", "Parameters", "Output", "Assign"]),
  Task: of(COMMON, FLOW, PATHS, ERRORS, RESULTS, [
    "Resource",
    "Arguments",
    "Output",
    "Assign",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
    "Credentials",
  ]),
  Choice: of(COMMON, PATHS, ["Choices", "Default", "Output", "Assign"]),
  Wait: of(COMMON, FLOW, PATHS, [
    "Seconds",
    "SecondsPath",
    "Timestamp",
    "TimestampPath",
    "Output",
    "Assign",
  ]),
  Succeed: of(COMMON, PATHS, ["Output"]),
  Fail: of(COMMON, ["Error", "ErrorPath", "Cause", "CausePath"]),
  Parallel: of(COMMON, FLOW, PATHS, ERRORS, RESULTS, ["Branches", "Arguments", "Output", "Assign"]),
  Map: of(COMMON, FLOW, PATHS, ERRORS, RESULTS, [
    "ItemProcessor",
    "Iterator",
    "Items",
    "ItemsPath",
    "ItemSelector",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "MaxConcurrency",
    "MaxConcurrencyPath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "Label",
    "Output",
    "Assign",
  ]),
};

/** Of each list exactly one field must be there. */
export const REQUIRED: Readonly<Record<StateType, readonly (readonly string[])[]>> = {
  Pass: [FLOW],
  Task: [["Resource"], FLOW],
  Choice: [["Choices"]],
  Wait: [["Seconds", "SecondsPath", "Timestamp", "TimestampPath"], FLOW],
  Succeed: [],
  Fail: [],
  Parallel: [["Branches"], FLOW],
  Map: [["ItemProcessor", "Iterator"], FLOW],
};

/** Fields that only one of the query languages has. */
export const LANGUAGE_FIELDS: Readonly<Record<"JSONata" | "JSONPath", ReadonlySet<string>>> = {
  JSONata: of(["Arguments", "Output", "Items"]),
  JSONPath: of(PATHS, RESULTS, [
    "Result",
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
    "ErrorPath",
    "CausePath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
  ]),
};
