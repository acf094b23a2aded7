/** Why a run cannot be replayed at all; a replay that differs is a result, and no error. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  readonly code: ReplayErrorCode;
  readonly hint: string | undefined;

  constructor(code: ReplayErrorCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export type ReplayErrorCode =
  /** Nothing is kept of the run, or not yet. */
  | "RunNotKept"
  /** What is kept is not what was written. */
  | "RunCorrupt"
  /** Something that a replay needs was cut off, or never kept. */
  | "RunIncomplete"
  | "BundleNotKept"
  | "BundleCorrupt"
  /** `from` names a step that the plan does not have, or that the run has never called. */
  | "StepNotFound"
  /** The other bundle is of another workflow. */
  | "OtherWorkflow"
  /** Of a capture: nothing is overwritten unasked. */
  | "ScenarioExists"
  /** It was stopped, or ran out of time: what it would have come to is not known. */
  | "RunEndedFromOutside";
