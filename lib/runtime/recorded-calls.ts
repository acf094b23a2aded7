/** The calls that a run has made of the world, and what came of each, read from its history. */
import type { RunEvent } from "./control.ts";
import type { Json, JsonObject } from "./json.ts";

/** One attempt of a task. */
export interface RecordedCall {
  /** Id of the event that it was scheduled with. */
  readonly id: number;
  /** The state that called. */
  readonly state: string;
  /** Position in the maps and repeats around it; empty where the call does not say. */
  readonly iteration: string;
  /** `SERVICE:ACTION`, as `lambda:invoke.waitForTaskToken`. */
  readonly resource: string;
  /** The evaluated arguments. */
  readonly request: JsonObject;
  /** Unix milliseconds. */
  readonly askedAt: number;
  /** Undefined where the run ended, or a sibling failed, before an answer came. */
  readonly answer: RecordedAnswer | undefined;
}

export type RecordedAnswer = {
  /** Id of its event: answers came in the order of these. */
  readonly event: number;
  /** Unix milliseconds. */
  readonly at: number;
} & ({ readonly output: Json } | { readonly error: string; readonly cause: string | undefined });

interface Details {
  readonly parameters?: string;
  readonly resource?: string;
  readonly resourceType?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly name?: string;
}

type Open = { -readonly [Key in keyof RecordedCall]: RecordedCall[Key] };

/**
 * In the order in which they were made. Events of one call name each other (`previousEventId`), from
 * the state's entry over each attempt to its end.
 */
export function recordedCalls(events: readonly RunEvent[]): readonly RecordedCall[] {
  const states = new Map<number, string>();
  const open = new Map<number, Open>();
  const calls: Open[] = [];
  for (const event of events) {
    const { id, previousEventId: before, type } = event;
    const details = detailsOf(event);
    const at = Date.parse(event.timestamp);
    const state = type === "TaskStateEntered" ? details.name : states.get(before);
    if (state !== undefined && type.startsWith("Task")) states.set(id, state);
    if (type === "TaskScheduled") {
      const request = objectOf(details.parameters);
      const call: Open = {
        id,
        state: state ?? "",
        iteration: iterationOf(request),
        resource: `${details.resourceType}:${details.resource}`,
        request,
        askedAt: at,
        answer: undefined,
      };
      calls.push(call);
      open.set(id, call);
      continue;
    }
    const call = open.get(before);
    if (call === undefined || !type.startsWith("Task")) continue;
    if (type === "TaskStarted" || type === "TaskSubmitted") open.set(id, call);
    else if (type === "TaskSucceeded") {
      call.answer = { event: id, at, output: parse(details.output) ?? null };
    } else if (FAILURES.has(type)) {
      call.answer = {
        ...{ event: id, at, error: details.error ?? "States.TaskFailed" },
        cause: details.cause,
      };
    }
  }
  return calls;
}

const FAILURES = new Set(["TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed"]);

function detailsOf(event: RunEvent): Details {
  for (const [name, value] of Object.entries(event)) {
    if (name.endsWith("EventDetails")) return value as Details;
  }
  return {};
}

function iterationOf(request: JsonObject): string {
  const payload = request.Payload as { readonly step?: { readonly iteration?: Json } } | undefined;
  const iteration = payload?.step?.iteration;
  return typeof iteration === "string" ? iteration : "";
}

function objectOf(text: string | undefined): JsonObject {
  const value = parse(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function parse(text: string | undefined): Json | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined; // Cut off by AWS: it then equals nothing.
  }
}
