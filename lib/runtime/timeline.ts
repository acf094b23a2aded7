/**
 * What a run did, step by step, read from its execution history alone. Pure: the same events give
 * the same rows, whether they come in one go (`show`) or one by one (`run`, while it happens).
 *
 * Events are put in their place by `previousEventId`, which chains within a branch
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html), never by
 * their order: branches and iterations interleave.
 */
import type { RunEvent } from "./control.ts";
import type { AskedStage } from "./timeline-approval.ts";
import { TimelineReader } from "./timeline-reader.ts";

export type StepOutcome =
  | "running"
  /** For a person, an outside system, or a time. */
  | "waiting"
  | "succeeded"
  | "failed"
  /** It failed, and the workflow went on by a `catch`. */
  | "caught"
  /** Its `if` was false. */
  | "skipped"
  /** It had not ended when a sibling failed or the run was stopped. */
  | "aborted";

export interface StepAttempt {
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly error: StepFailure | null;
}

export interface StepFailure {
  readonly name: string;
  readonly cause: string;
}

/** A stage of an approval: a level is asked, or reminded. */
export interface TimelineStage extends AskedStage {
  readonly startedAt: string;
}

export interface TimelineRow {
  /** Unique within the run, and the same however often the history is read. */
  readonly key: string;
  /** Id of the step; the state's name where the plan knows no step for it. */
  readonly step: string;
  readonly kind: string;
  /** Position in the maps and repeats around it, outermost first: `""`, `"3"`, `"3.0"`. */
  readonly iteration: string;
  /** How many structures (map, parallel, switch, repeat) stand around it; an agent around what it asks. */
  readonly depth: number;
  /** Key of the structure's row, or of the agent's that asks; or null. */
  readonly parent: string | null;
  readonly outcome: StepOutcome;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Null until it has ended. */
  readonly durationMs: number | null;
  /** Calls of a task, first to last. Empty for steps that call nothing. */
  readonly attempts: readonly StepAttempt[];
  /** Of an approval: the stages that have begun; attempts are those of the last one. */
  readonly stages?: readonly TimelineStage[];
  readonly error: StepFailure | null;
  /** JSON texts, as small or large as the step made them; null where there is none (yet). */
  readonly input: string | null;
  readonly output: string | null;
}

/** The part of `PlannedStep` that names what a timeline sees. */
export interface TimelineStep {
  readonly id: string;
  readonly kind: string;
  readonly state: string | null;
  readonly parent: string | null;
}

export interface Timeline {
  /** Takes one event in and returns the rows that it made or changed. */
  push(event: RunEvent): readonly TimelineRow[];
  /** All rows so far, in the order in which they began. */
  rows(): readonly TimelineRow[];
}

/**
 * Reads a history piece by piece. With `steps` (of the plan) rows are the manifest's steps, and the
 * states that the compiler added are left out; without, every state is a row.
 */
export function createTimeline(steps: readonly TimelineStep[] = []): Timeline {
  return new TimelineReader(steps);
}

/** The rows of a whole (or partial) history. */
export function timeline(
  events: Iterable<RunEvent>,
  steps: readonly TimelineStep[] = [],
): readonly TimelineRow[] {
  const reader = createTimeline(steps);
  for (const event of events) reader.push(event);
  return reader.rows();
}
