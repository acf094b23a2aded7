import type { Json } from "./json.ts";

/** An error of the engine's API, with the name that the Step Functions API gives it. */
export class EngineError extends Error {
  override readonly name: string;
  /** Further members of the API's error body, such as `reason`. */
  readonly details: Readonly<Record<string, string>>;

  constructor(name: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = name;
    this.details = details;
  }
}

/** What a task invoker throws so that the task fails with this error name and cause. */
export class TaskError extends Error {
  readonly error: string;
  override readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.error = error;
    this.cause = cause;
  }
}

/** The journal could not be written; nothing that was pending has been acknowledged. */
export class StorageError extends EngineError {
  constructor(message: string) {
    super("StorageFailure", message);
  }
}

/** How a state, branch or execution failed. Absent names stay absent, as in a Fail state. */
export interface Failure {
  readonly error: string | undefined;
  readonly cause: string | undefined;
  /** Ends the execution at once: neither Retry nor Catch sees it. */
  readonly terminal?: boolean;
  /** A heartbeat that did not come in time. */
  readonly heartbeat?: boolean;
}

/** A Fail state may name neither error nor cause. */
export const NO_FAILURE: Failure = { error: undefined, cause: undefined };

/** `$states.errorOutput`, and the input of a catcher's target in JSONPath. */
export function errorOutput(failure: Failure): Json {
  return { Error: failure.error ?? "", Cause: failure.cause ?? "" };
}

/** A query that could not be answered; the runner adds the state's name and event id to it. */
export class QueryFailure extends Error {
  readonly error: string;
  /** The field in the state, as in `Arguments/Payload`; JSONata only. */
  readonly location: string | undefined;
  /** Found after evaluation, when a value was used: AWS chains its event differently. */
  readonly late: boolean;

  constructor(error: string, message: string, location?: string, late = false) {
    super(message);
    this.error = error;
    this.location = location;
    this.late = late;
  }
}

export const names = {
  all: "States.ALL",
  taskFailed: "States.TaskFailed",
  timeout: "States.Timeout",
  heartbeatTimeout: "States.HeartbeatTimeout",
  dataLimitExceeded: "States.DataLimitExceeded",
  runtime: "States.Runtime",
  queryEvaluation: "States.QueryEvaluationError",
  exceedToleratedFailureThreshold: "States.ExceedToleratedFailureThreshold",
} as const;
