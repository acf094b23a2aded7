/** What the models and agents of a run have done, beside what its history tells: their journals. */

import { readJournal } from "../agent/journal.ts";
import type { JournalEntry } from "../agent/journal-entry.ts";
import type { StepCall } from "../call.ts";
import type { RunEvent } from "../control.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import { type ModelAnswer, readModelJournal } from "../model/model-journal.ts";
import type { Ports } from "../ports.ts";
import type { TimelineStep } from "../timeline.ts";

/** Content of `journals.json`. */
export interface RunJournals {
  readonly format: 1;
  /** In the order in which the steps were first called. */
  readonly steps: readonly StepJournal[];
}

export type StepJournal = AgentJournal | ModelStepJournal;

interface Journaled {
  readonly step: string;
  readonly iteration: string;
  /** Idempotency key of the step. */
  readonly key: string;
}

export interface AgentJournal extends Journaled {
  readonly kind: "agent";
  readonly entries: readonly JournalEntry[];
}

export interface ModelStepJournal extends Journaled {
  readonly kind: "model";
  readonly answers: readonly ModelAnswer[];
}

const READ_AT_ONCE = 8;

/**
 * The journals of a run's models and agents. Which there are stands in its history, `steps` (of the
 * plan) say which steps are models and agents; a step that was called and has no journal yet is there,
 * and empty. An answer from the cache is nobody's journal.
 */
export async function journalsOf(
  events: Iterable<RunEvent> | AsyncIterable<RunEvent>,
  steps: readonly TimelineStep[],
  ports: Pick<Ports, "records" | "artifacts">,
): Promise<RunJournals> {
  const kinds = new Map(steps.map(({ id, kind }) => [id, kind]));
  const calls = new Map<string, Omit<Journaled, "key"> & { readonly kind: "agent" | "model" }>();
  for await (const event of events) {
    const call = callIn(event);
    const kind = call && kinds.get(call.step.id);
    if (!call || (kind !== "agent" && kind !== "model")) continue;
    const { id: step, iteration } = call.step;
    const key = idempotencyKeyOf(call);
    if (!calls.has(key)) calls.set(key, { step, iteration, kind });
  }
  const all = [...calls];
  const read: StepJournal[] = [];
  for (let from = 0; from < all.length; from += READ_AT_ONCE) {
    const batch = all.slice(from, from + READ_AT_ONCE);
    read.push(
      ...(await Promise.all(
        batch.map(async ([key, { kind, ...called }]): Promise<StepJournal> => {
          return kind === "agent"
            ? { ...called, key, kind, entries: await readJournal(key, ports) }
            : { ...called, key, kind, answers: await readModelJournal(key, ports) };
        }),
      )),
    );
  }
  return { format: 1, steps: read };
}

/** The call of a step's function that an event asks for; undefined for any other event. */
function callIn(event: RunEvent): Pick<StepCall, "run" | "step"> | undefined {
  const { taskScheduledEventDetails: details } = event as {
    readonly taskScheduledEventDetails?: { readonly parameters?: unknown };
  };
  const text = details?.parameters;
  if (typeof text !== "string" || !text.includes('"iteration"')) return undefined;
  try {
    const { Payload: call } = JSON.parse(text) as { readonly Payload?: Partial<StepCall> };
    const { run, step } = call ?? {};
    return run && step && !("token" in (call ?? {})) ? { run, step } : undefined;
  } catch {
    return undefined; // Cut off by AWS.
  }
}
