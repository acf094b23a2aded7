/** The parts of a history event that a timeline needs, parsed from AWS's many shapes into few. */
import type { RunEvent } from "./control.ts";
import type { StepFailure } from "./timeline.ts";
import { type AskedStage, stageOfCall } from "./timeline-approval.ts";

export type ReadEvent =
  | {
      readonly is: "entered";
      readonly state: string;
      readonly kind: string;
      readonly input: string | null;
    }
  | {
      readonly is: "exited";
      readonly state: string;
      readonly output: string | null;
      readonly assigned: Readonly<Record<string, string>>;
    }
  | {
      readonly is: "scheduled";
      readonly input: string | null;
      /** Of an approval. */
      readonly stage: AskedStage | null;
    }
  | { readonly is: "submitted" }
  | { readonly is: "succeeded"; readonly output: string | null }
  | { readonly is: "errored"; readonly error: StepFailure }
  /** An expression of the state failed. */
  | { readonly is: "evaluationFailed"; readonly state: string; readonly error: StepFailure }
  | { readonly is: "mapStarted" }
  | { readonly is: "parallelStarted" }
  | { readonly is: "iterationStarted"; readonly map: string; readonly index: number }
  | {
      readonly is: "iterationEnded";
      readonly map: string;
      readonly index: number;
      readonly well: boolean;
    }
  | { readonly is: "structureEnded"; readonly kind: "map" | "parallel"; readonly well: boolean }
  | { readonly is: "stateAborted" }
  | {
      readonly is: "runEnded";
      readonly well: boolean;
      /** The run ended by an error of its own; neither stopped nor timed out. */
      readonly fault: boolean;
      readonly error: StepFailure | null;
    }
  | { readonly is: "other" };

/** Task, Lambda and activity events differ only in their prefix. */
const TASK =
  /^(?:Task|LambdaFunction|Activity)(Scheduled|Submitted|Succeeded|Failed|TimedOut|StartFailed|SubmitFailed|ScheduleFailed)$/;
const STATE = /^([A-Z][A-Za-z]*?)State(Entered|Exited|Aborted)$/;

export function readEvent(event: RunEvent): ReadEvent {
  const details = detailsOf(event);
  const task = TASK.exec(event.type);
  if (task) {
    if (task[1] === "Scheduled") {
      return { is: "scheduled", ...payloadOf(text(details.parameters) ?? text(details.input)) };
    }
    if (task[1] === "Submitted") return { is: "submitted" };
    if (task[1] === "Succeeded")
      return { is: "succeeded", output: payloadOutput(text(details.output)) };
    return {
      is: "errored",
      error: failureOf(details, task[1] === "TimedOut" ? "States.Timeout" : ""),
    };
  }
  const state = STATE.exec(event.type);
  if (state) {
    if (state[2] === "Aborted") return { is: "stateAborted" };
    const name = text(details.name) ?? "";
    return state[2] === "Entered"
      ? {
          is: "entered",
          state: name,
          kind: (state[1] ?? "").toLowerCase(),
          input: text(details.input),
        }
      : { is: "exited", state: name, output: text(details.output), assigned: assignedOf(details) };
  }
  switch (event.type) {
    case "MapStateStarted":
      return { is: "mapStarted" };
    case "ParallelStateStarted":
      return { is: "parallelStarted" };
    case "MapIterationStarted":
      return {
        is: "iterationStarted",
        map: text(details.name) ?? "",
        index: numberOf(details.index),
      };
    case "MapIterationSucceeded":
    case "MapIterationFailed":
    case "MapIterationAborted":
      return {
        is: "iterationEnded",
        map: text(details.name) ?? "",
        index: numberOf(details.index),
        well: event.type === "MapIterationSucceeded",
      };
    case "MapStateSucceeded":
    case "MapStateFailed":
      return { is: "structureEnded", kind: "map", well: event.type === "MapStateSucceeded" };
    case "ParallelStateSucceeded":
    case "ParallelStateFailed":
      return {
        is: "structureEnded",
        kind: "parallel",
        well: event.type === "ParallelStateSucceeded",
      };
    case "EvaluationFailed":
      return {
        is: "evaluationFailed",
        state: text(details.state) ?? "",
        error: failureOf(details, ""),
      };
    case "ExecutionSucceeded":
      return { is: "runEnded", well: true, fault: false, error: null };
    case "ExecutionFailed":
    case "ExecutionAborted":
    case "ExecutionTimedOut":
      return {
        is: "runEnded",
        well: false,
        fault: event.type === "ExecutionFailed",
        error: failureOf(details, event.type === "ExecutionTimedOut" ? "States.Timeout" : ""),
      };
    default:
      return { is: "other" };
  }
}

/** Each event carries one object of details, under a name of its own (`taskFailedEventDetails`). */
function detailsOf(event: RunEvent): Readonly<Record<string, unknown>> {
  for (const [key, value] of Object.entries(event)) {
    if (key.endsWith("EventDetails") && isRecord(value)) return value;
  }
  return {};
}

function failureOf(details: Readonly<Record<string, unknown>>, otherwise: string): StepFailure {
  return { name: text(details.error) ?? otherwise, cause: text(details.cause) ?? "" };
}

function assignedOf(details: Readonly<Record<string, unknown>>): Record<string, string> {
  if (!isRecord(details.assignedVariables)) return {};
  const assigned: Record<string, string> = {};
  for (const [name, value] of Object.entries(details.assignedVariables)) {
    assigned[name] = text(value) ?? "null";
  }
  return assigned;
}

/**
 * What the step itself was given. A state's input is a frame that the compiler carries along, and
 * the parameters of `lambda:invoke` hold the whole `StepCall` or `ApprovalCall`; people ask for
 * neither. An approval's task token, which stands there too, is never shown.
 */
function payloadOf(parameters: string | null): {
  readonly input: string | null;
  readonly stage: AskedStage | null;
} {
  const parsed = parse(parameters);
  if (!isRecord(parsed) || !isRecord(parsed.Payload)) return { input: parameters, stage: null };
  const payload = parsed.Payload;
  if (!isRecord(payload.step) || !isRecord(payload.run)) return { input: parameters, stage: null };
  const shown = "evidence" in payload ? payload.evidence : payload.input;
  return { input: JSON.stringify(shown ?? null), stage: stageOfCall(payload) };
}

/** `lambda:invoke` answers `{ ExecutedVersion, Payload, StatusCode }`; the payload is the step's output. */
function payloadOutput(output: string | null): string | null {
  const parsed = parse(output);
  if (isRecord(parsed) && "Payload" in parsed && "StatusCode" in parsed) {
    return JSON.stringify(parsed.Payload ?? null);
  }
  return output;
}

function parse(json: string | null): unknown {
  if (json === null) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // A text that AWS cut off (`truncated`) is shown as it stands.
  }
}

function text(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
