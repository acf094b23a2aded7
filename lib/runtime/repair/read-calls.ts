/** What a failed run has come to, call by call, read from its history. */
import type { AgentOutcome } from "../agent/agent-call.ts";
import type { StepCall } from "../call.ts";
import type { RunEvent } from "../control.ts";
import type { Json } from "../json.ts";
import { type RecordedCall, recordedCalls } from "../recorded-calls.ts";
import type { TimelineStep } from "../timeline.ts";
import { digestOfInput, type FinishedStep, placeOf } from "./repair.ts";

export interface CalledStep {
  readonly step: string;
  readonly iteration: string;
  /** Of its last call; undefined for an approval. */
  readonly input: Json | undefined;
  /** Its last call came to an error; one that a sibling's failure cut off did not. */
  readonly failed: boolean;
  /** Null until it has succeeded. */
  readonly finished: FinishedStep | null;
}

export interface ReadCalls {
  /** By `placeOf`, in the order of their first calls. */
  readonly steps: ReadonlyMap<string, CalledStep>;
  /** States that no function performs and that have succeeded, with what they ask for. */
  readonly others: readonly { readonly state: string; readonly resource: string }[];
}

export function readCalls(events: readonly RunEvent[], steps: readonly TimelineStep[]): ReadCalls {
  const kinds = new Map(steps.map(({ id, kind }) => [id, kind]));
  const called = new Map<string, CalledStep>();
  const others = new Map<string, { readonly state: string; readonly resource: string }>();
  for (const { state, resource, request, answer } of recordedCalls(events)) {
    const call = request.Payload as Partial<StepCall & { readonly token: string }> | undefined;
    if (!resource.startsWith("lambda:invoke")) {
      if (answer && "output" in answer) others.set(state, { state, resource });
      continue;
    }
    if (!call?.step || "operation" in call) continue;
    const { id: step, iteration } = call.step;
    const isAsked = "token" in call;
    // Whom an agent asks in the middle stands in its journal.
    if (isAsked && kinds.get(step) === "agent") continue;
    called.set(placeOf(step, iteration), {
      step,
      iteration,
      input: isAsked ? undefined : call.input,
      failed: answer !== undefined && "error" in answer,
      finished: isAsked
        ? approved(answer)
        : finishedStep(call.input ?? null, answer, kinds.get(step)),
    });
  }
  return { steps: called, others: [...others.values()] };
}

/** The decision itself is kept where approvals are. */
function approved(answer: RecordedCall["answer"]): FinishedStep | null {
  return answer && "output" in answer ? { input: "", output: null } : null;
}

function finishedStep(
  input: Json,
  answer: RecordedCall["answer"],
  kind: string | undefined,
): FinishedStep | null {
  if (!answer || !("output" in answer)) return null;
  const { Payload: output = null } = answer.output as { readonly Payload?: Json };
  if (kind === "agent" && (output as unknown as AgentOutcome | null)?.status !== "done")
    return null;
  return { input: digestOfInput(input), output };
}
