import type { RecordItem } from "./ports.ts";

/** Names of errors that a manifest can retry or catch (DESIGN §5). Stable: part of the interface. */
export const ERROR_NAMES = [
  "Contract.InputInvalid",
  "Contract.OutputInvalid",
  "Entitlement.Denied",
  "Agent.TurnLimit",
  "Agent.TokenLimit",
  "Agent.CostLimit",
  "Agent.TimeLimit",
  "Agent.ToolCallLimit",
  "Agent.ToolErrorLimit",
  /** The same tool with the same arguments, again and again. */
  "Agent.RepeatedCall",
  "Tool.NotAllowed",
  "Tool.ArgumentsInvalid",
  "Tool.Failed",
  /** A tool that may not be repeated died on the way; whether it had its effect is not known. */
  "Tool.OutcomeUnknown",
  /** An MCP server offers another contract than the one it is pinned to. */
  "Tool.ContractChanged",
  "Tool.RateLimited",
  "Tools.Disabled",
  "Approval.Rejected",
  "Approval.Expired",
  "Model.Refused",
  "Model.Throttled",
  /** No answer: a timeout, an error of the service, a broken connection. Retry after a while. */
  "Model.Unavailable",
  /** The service refuses the request as it is; a retry would not help. */
  "Model.RequestInvalid",
  /** The answer does not fit its contract, nor did a repaired one. */
  "Model.OutputInvalid",
  /** The answer was cut off at its largest number of tokens. */
  "Model.Truncated",
  /** The prompt, or prompt and answer together, are larger than the model's context. */
  "Model.ContextExceeded",
  /** A recording was to answer, and holds no answer to this request. */
  "Model.NotRecorded",
  "Guardrail.Blocked",
  /** The policy of a memory does not let this workflow, or a run without a customer, do that. */
  "Memory.Denied",
  "Step.Failed",
  /** What a run, or a step over all its iterations, may spend is spent or reserved. */
  "Budget.Exceeded",
  /** Another attempt holds this effect right now: retry after a while. */
  "Step.InProgress",
] as const;

export type ErrorName = (typeof ERROR_NAMES)[number];

/** A global symbol: the code of a handler and the wrapper around it each carry a copy of this file. */
const STEP_ERROR = Symbol.for("espalier.step-error");

/** An error that Step Functions sees under `name`; a handler may throw it with a name of its own. */
export class StepError extends Error {
  override readonly name: string;
  /** For people, in the log: what exactly was wrong. Never holds secrets. */
  readonly details: unknown;

  constructor(
    name: ErrorName | (string & {}),
    message: string,
    details?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = name;
    this.details = details;
    Object.defineProperty(this, STEP_ERROR, { value: true });
  }
}

/** Whether a copy of this file, here or in a handler's code, made the error. */
export function isStepError(error: unknown): error is StepError {
  return error instanceof Error && STEP_ERROR in error;
}

/** A conditional write found another state than the caller expected; nothing was written. */
export class ConditionFailed extends Error {
  override readonly name = "ConditionFailed";
  /** What stands in its place; undefined if nothing does. */
  readonly standing: RecordItem | undefined;

  constructor(message: string, standing?: RecordItem) {
    super(message);
    this.standing = standing;
  }
}

/** No artifact has this digest. */
export class ArtifactNotFound extends Error {
  override readonly name = "ArtifactNotFound";
}

/** The stored bytes no longer match their digest. */
export class ArtifactCorrupt extends Error {
  override readonly name = "ArtifactCorrupt";
}

/** The task behind a token has ended, timed out, or never was. */
export class TokenGone extends Error {
  override readonly name = "TokenGone";
}

/** What a person asked for cannot be done; `code` is stable, the CLI prints message and hint. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: RequestErrorCode;
  readonly hint: string | undefined;

  constructor(code: RequestErrorCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export type RequestErrorCode =
  | "WorkflowNotFound"
  | "RunNotFound"
  | "RunExists"
  | "RunNotRedrivable"
  | "RunNotRepairable"
  | "RunNotStoppable"
  | "InputInvalid"
  | "ApprovalNotFound"
  | "ApprovalDecided"
  | "ApprovalClosed"
  | "ApproverNotAllowed"
  | "ReasonRequired"
  /** A decision on evidence that is not (any more) what the request is about. */
  | "EvidenceStale"
  | "EditNotAllowed"
  | "SignInRequired"
  | "DelegationNotAllowed"
  | "ArtifactNotFound"
  | "NameInvalid"
  /** Another process runs on this data folder. */
  | "DataFolderInUse"
  /** A newer Espalier has written this data folder. */
  | "DataFolderNewer"
  /** The data folder cannot be read or written, or is none. */
  | "DataFolderUnusable"
  | "PortInUse"
  /** The runtime of another process does not answer (any more), or not as expected. */
  | "RuntimeUnreachable";
