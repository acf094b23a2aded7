/** The timeline while it grows: rows, and the scopes (branches, iterations) in which states follow each other. */
import type { RunEvent } from "./control.ts";
import type {
  StepAttempt,
  StepFailure,
  StepOutcome,
  TimelineRow,
  TimelineStage,
  TimelineStep,
} from "./timeline.ts";

/** One sequence of states: the run itself, a branch, or an iteration. At most one state is current. */
export interface Scope {
  readonly outer: Scope | null;
  /** Row of the map or parallel that this scope is a part of. */
  readonly owner: Row | null;
  /** Iteration label of what stands directly in it. */
  readonly label: string;
  current: Row | null;
  /** Open switches and repeats, outermost first: structures whose states stand in this same scope. */
  readonly inline: Row[];
  /** A step whose `if` has just been answered; what is entered next tells how. */
  undecided: { readonly step: TimelineStep; readonly event: RunEvent } | null;
  /** The last row of each step here whose error was caught. */
  readonly caught: Map<string, Row>;
  /** Rounds that each repeat has finished here, by step id. */
  readonly rounds: Map<string, number>;
  closed: boolean;
}

export interface Row {
  readonly key: string;
  readonly step: string;
  /** Of an approval, that of its present stage. */
  state: string | null;
  readonly kind: string;
  readonly iteration: string;
  readonly depth: number;
  readonly parent: Row | null;
  readonly startedAt: string;
  /** Branches and iterations of a map or parallel. */
  readonly scopes: Scope[];
  readonly attempts: { startedAt: string; endedAt: string | null; error: StepFailure | null }[];
  /** Of an approval: the stages so far. */
  readonly stages: TimelineStage[];
  outcome: StepOutcome;
  endedAt: string | null;
  error: StepFailure | null;
  /** An error has happened that nothing has caught yet. */
  failing: boolean;
  /** Its map or parallel has ended; only a retry opens it again. */
  ended: boolean;
  /** What the state was entered with; where the compiler carries a frame along, that. */
  readonly entered: string | null;
  input: string | null;
  output: string | null;
}

export function openScope(outer: Scope | null, owner: Row | null, label: string): Scope {
  const scope: Scope = {
    outer,
    owner,
    label,
    current: null,
    inline: [],
    undecided: null,
    caught: new Map(),
    rounds: new Map(),
    closed: false,
  };
  owner?.scopes.push(scope);
  return scope;
}

export function newRow(
  of: Pick<Row, "key" | "step" | "state" | "kind" | "iteration" | "parent" | "startedAt"> & {
    readonly entered?: string | null;
    readonly input?: string | null;
  },
): Row {
  return {
    ...of,
    entered: of.entered ?? null,
    input: of.input ?? null,
    depth: of.parent === null ? 0 : of.parent.depth + 1,
    scopes: [],
    attempts: [],
    stages: [],
    outcome: "running",
    endedAt: null,
    error: null,
    failing: false,
    ended: false,
    output: null,
  };
}

export function endAttempt(row: Row, at: string, error: StepFailure | null): void {
  const attempt = row.attempts.at(-1);
  // Where scheduling itself failed there was no attempt yet, but there is one to tell of.
  if (!attempt || attempt.endedAt !== null)
    row.attempts.push({ startedAt: at, endedAt: at, error });
  else Object.assign(attempt, { endedAt: at, error });
}

export function isOpen(row: Row): boolean {
  return row.outcome === "running" || row.outcome === "waiting";
}

/** The row as others see it: a copy that no later event changes. */
export function viewOf(row: Row): TimelineRow {
  return {
    key: row.key,
    step: row.step,
    kind: row.kind,
    iteration: row.iteration,
    depth: row.depth,
    parent: row.parent?.key ?? null,
    outcome: row.outcome,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    durationMs:
      row.endedAt === null
        ? null
        : Math.max(0, Date.parse(row.endedAt) - Date.parse(row.startedAt)),
    ...(row.stages.length > 0 && { stages: [...row.stages] }),
    attempts: row.attempts.map((attempt): StepAttempt => ({ ...attempt })),
    error: row.error,
    input: row.input,
    output: row.output,
  };
}

/** The plan's steps, arranged for the questions that a timeline asks. */
export class StepIndex {
  readonly #byId = new Map<string, TimelineStep>();
  readonly #byState = new Map<string, TimelineStep>();

  constructor(steps: readonly TimelineStep[]) {
    for (const step of steps) {
      this.#byId.set(step.id, step);
      // A repeat's state is the Choice at its end; what makes its row are the steps inside.
      if (step.state !== null && step.kind !== "repeat") this.#byState.set(step.state, step);
    }
  }

  get known(): boolean {
    return this.#byId.size > 0;
  }

  byId(id: string): TimelineStep | undefined {
    return this.#byId.get(id);
  }

  byState(state: string): TimelineStep | undefined {
    return this.#byState.get(state);
  }

  /** The switches and repeats around a step up to the nearest map or parallel, outermost first. */
  inlineAround(step: TimelineStep): readonly TimelineStep[] {
    const around: TimelineStep[] = [];
    for (let at = this.#parent(step); at && isInline(at.kind); at = this.#parent(at)) {
      around.unshift(at);
    }
    return around;
  }

  /** The step whose approval begins with this state, which schedules it. */
  scheduledIn(state: string): TimelineStep | undefined {
    const added = this.added(state);
    return added?.role === "schedule" ? added.step : undefined;
  }

  /** Whether a state does a part of a step's work: its own, that of a step inside, or a decision of one. */
  isWorkOf(state: string, of: TimelineStep): boolean {
    const step = this.#byState.get(state) ?? this.added(state)?.step ?? this.#byId.get(state);
    return step !== undefined && (step.id === of.id || this.isInside(step, of.id));
  }

  /** Whether `step` stands inside the structure `id`, at any depth. */
  isInside(step: TimelineStep, id: string): boolean {
    for (let at = this.#parent(step); at; at = this.#parent(at)) if (at.id === id) return true;
    return false;
  }

  /** A state that the compiler added (`ID.if`, `ID.until`, `ID.expired`, …), taken apart. */
  added(state: string): { readonly step: TimelineStep; readonly role: string } | undefined {
    const dot = state.indexOf(".");
    if (dot < 0) return undefined;
    const step = this.#byId.get(state.slice(0, dot));
    return step && { step, role: state.slice(dot + 1) };
  }

  #parent(step: TimelineStep): TimelineStep | undefined {
    return step.parent === null ? undefined : this.#byId.get(step.parent);
  }
}

/** Structures whose states are states of the scope around them. */
export function isInline(kind: string): boolean {
  return kind === "switch" || kind === "repeat";
}
