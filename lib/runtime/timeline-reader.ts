/** The reader behind `createTimeline`. See there for what it promises. */
import type { RunEvent } from "./control.ts";
import type { StepFailure, Timeline, TimelineRow, TimelineStep } from "./timeline.ts";
import { agentAbove, artifactOf, enterAgentLoop } from "./timeline-agent.ts";
import { enterStage, goesOn } from "./timeline-approval.ts";
import { type ReadEvent, readEvent } from "./timeline-event.ts";
import {
  endAttempt,
  isInline,
  isOpen,
  newRow,
  openScope,
  type Row,
  type Scope,
  StepIndex,
  viewOf,
} from "./timeline-row.ts";
import { errorBelow, find, join, structureScope, within } from "./timeline-scope.ts";

const endOf = (row: Row) => (row.failing ? "caught" : "succeeded");

export class TimelineReader implements Timeline {
  readonly #steps: StepIndex;
  readonly #rows: Row[] = [];
  readonly #root: Scope = openScope(null, null, "");
  /** Where each event happened: what its successors, which name it, go on from. */
  readonly #scopeOf = new Map<number, Scope>();
  /** After `ParallelStateStarted`: each state entered next begins a branch. */
  readonly #forks = new Map<number, Row>();
  #touched = new Set<Row>();
  readonly #agents = {
    added: (state: string) => this.#steps.added(state),
    add: (of: Parameters<typeof newRow>[0]) => this.#add(of),
    set: (row: Row, change: Partial<Row>) => this.#set(row, change),
  };

  constructor(steps: readonly TimelineStep[]) {
    this.#steps = new StepIndex(steps);
  }

  rows(): readonly TimelineRow[] {
    return this.#rows.map(viewOf);
  }

  push(event: RunEvent): readonly TimelineRow[] {
    // A follower that reconnects may see an event twice; it must not count twice.
    if (this.#scopeOf.has(event.id)) return [];
    this.#touched = new Set();
    const from = this.#scopeOf.get(event.previousEventId) ?? this.#root;
    this.#scopeOf.set(event.id, this.#read(event, readEvent(event), from));
    return this.#rows.filter((row) => this.#touched.has(row)).map(viewOf);
  }

  /** Applies the event, and returns the scope in which its successors stand. */
  #read(event: RunEvent, read: ReadEvent, from: Scope): Scope {
    const at = event.timestamp;
    switch (read.is) {
      case "entered":
        return this.#entered(event, read, from);
      case "exited":
        return this.#exited(event, read, from);
      case "scheduled": {
        const row = from.current;
        if (!row) return from;
        this.#reopen(from);
        row.attempts.push({ startedAt: at, endedAt: null, error: null });
        if (read.input !== null) row.input = read.input;
        // Another attempt asks the same stage once more.
        if (read.stage && row.attempts.length === 1) {
          row.stages.push({ ...read.stage, startedAt: at });
        }
        this.#set(row, { outcome: "running", endedAt: null, error: null, failing: false });
        return from;
      }
      case "submitted":
        if (from.current) this.#set(from.current, { outcome: "waiting" });
        return from;
      case "succeeded":
        if (from.current) {
          endAttempt(from.current, at, null);
          this.#set(from.current, { outcome: "running", output: read.output });
        }
        return from;
      case "errored":
        if (from.current) {
          endAttempt(from.current, at, read.error);
          this.#set(from.current, { outcome: "running", error: read.error, failing: true });
        }
        return from;
      case "evaluationFailed": {
        const scope = find(from, (row) => row.state === read.state) ?? from;
        if (scope.current) this.#set(scope.current, { error: read.error, failing: true });
        return scope;
      }
      case "mapStarted":
      case "parallelStarted": {
        const scope = structureScope(from, read.is === "mapStarted" ? "map" : "parallel");
        const row = scope?.current;
        if (!scope || !row) return from;
        // A retry starts the structure anew: what the failed try left open ends with it.
        for (const part of row.scopes) this.#close(part, at, { well: false, error: null });
        this.#set(row, { ended: false, failing: false, error: null });
        if (read.is === "parallelStarted") this.#forks.set(event.id, row);
        return scope;
      }
      case "iterationStarted": {
        // With a concurrency of 1, an iteration follows the last event of the one before.
        const scope = find(from, (row) => row.state === read.map);
        if (!scope?.current) return from;
        return openScope(scope, scope.current, join(scope.current.iteration, read.index));
      }
      case "iterationEnded": {
        const owned = within(from, read.map);
        if (!owned) return from;
        this.#close(owned, at, { well: read.well, error: null });
        if (!read.well && owned.owner) {
          owned.owner.error ??= owned.current?.error ?? null;
        }
        return owned;
      }
      case "structureEnded": {
        const scope = structureScope(from, read.kind);
        const row = scope?.current;
        if (!scope || !row) return from;
        const error = row.error ?? errorBelow(from, scope);
        for (const part of row.scopes) this.#close(part, at, { well: read.well, error });
        this.#set(row, { ended: true, failing: !read.well, error: read.well ? null : error });
        return scope;
      }
      case "runEnded": {
        const { current } = this.#root;
        if (read.fault && current && isOpen(current)) current.failing = true;
        this.#close(this.#root, at, { well: read.well, error: read.error });
        if (current && read.error) this.#explain(current, read.error);
        return from;
      }
      case "stateAborted":
      case "other":
        return from;
      default:
        return read satisfies never;
    }
  }

  #entered(event: RunEvent, read: Extract<ReadEvent, { is: "entered" }>, from: Scope): Scope {
    const fork = this.#forks.get(event.previousEventId);
    const scope = fork ? openScope(from, fork, fork.iteration) : from;
    this.#reopen(scope);
    this.#settle(scope, (undecided) => this.#steps.isWorkOf(read.state, undecided));
    if (enterStage(read.state, scope, this.#agents)) return scope;
    if (enterAgentLoop(read.state, event, scope, this.#agents)) return scope;
    const step = this.#steps.byState(read.state) ?? this.#steps.scheduledIn(read.state);
    if (!step && this.#steps.known) {
      this.#enteredAdded(read.state, scope, event);
      return scope;
    }
    const [parent, iteration] = step
      ? this.#inline(step, scope, event)
      : [scope.owner, scope.label];
    const row = this.#add({
      key: String(event.id),
      step: step?.id ?? read.state,
      state: read.state,
      kind: step?.kind ?? read.kind,
      iteration,
      parent,
      startedAt: event.timestamp,
      entered: read.input,
      input: step ? null : read.input,
    });
    if (read.kind === "wait") row.outcome = "waiting";
    if (read.kind === "fail") row.failing = true;
    scope.current = row;
    return scope;
  }

  /** A state that is no step's own: it shows only in what it decides about a step. */
  #enteredAdded(state: string, scope: Scope, event: RunEvent): void {
    const added = this.#steps.added(state);
    if (added?.role === "expired" && scope.current?.step === added.step.id) {
      // The approval's timeout led to its Fail state, so nothing has caught it after all.
      const error = { name: "Approval.Expired", cause: scope.current.error?.cause ?? "" };
      this.#set(scope.current, { outcome: "failed", failing: true, error });
      return;
    }
    if (added?.role === "if") this.#inline(added.step, scope, event);
    scope.current = null;
  }

  #exited(event: RunEvent, read: Extract<ReadEvent, { is: "exited" }>, from: Scope): Scope {
    const at = event.timestamp;
    const scope = find(from, (row) => row.state === read.state && isOpen(row)) ?? from;
    const row = scope.current;
    if (row && row.state === read.state && goesOn(row)) {
      this.#set(row, { outcome: "waiting", error: null, failing: false, output: null });
    } else if (row && row.state === read.state) {
      // A state that hands its frame on has said nothing about its step's result.
      const passed = this.#steps.known && read.output === row.entered;
      const own = row.failing ? null : row.output;
      const output = read.assigned[row.step] ?? own ?? (passed ? null : read.output);
      const agent = agentAbove(row);
      if (row.failing) scope.caught.set(row.step, agent ?? row);
      if (agent) {
        const answered = row.failing ? null : row.output;
        this.#set(row, { outcome: endOf(row), endedAt: at, output: answered });
      } else if (row.kind === "agent" && !row.failing) {
        const artifact = artifactOf(row.output);
        if (artifact === undefined) this.#set(row, { output: null });
        else this.#set(row, { outcome: "succeeded", endedAt: at, output: artifact });
      } else if (isInline(row.kind)) scope.inline.push(row);
      else {
        for (const part of row.scopes)
          this.#close(part, at, { well: !row.failing, error: row.error });
        this.#set(row, { outcome: endOf(row), endedAt: at, output });
      }
    }
    const added = this.#steps.added(read.state);
    if (added?.role === "until") this.#nextRound(scope, added.step);
    if (added?.role === "if" && added.step.kind !== "set") {
      scope.undecided = { step: added.step, event };
    }
    this.#assigned(event, read, scope, added?.role === "if");
    return scope;
  }

  /** Steps that have no state of their own show in what another state assigns for them. */
  #assigned(
    event: RunEvent,
    read: Extract<ReadEvent, { is: "exited" }>,
    scope: Scope,
    decision: boolean,
  ): void {
    for (const [name, value] of Object.entries(read.assigned)) {
      const step = this.#steps.byId(name);
      if (!step || step.state === read.state) continue;
      // The result of a step whose error was caught is that of the catch's last step.
      const open = scope.inline.find((row) => row.step === name) ?? scope.caught.get(name);
      if (open) this.#set(open, { output: value });
      else if (step.kind === "set") {
        const skipped = decision && value === "null";
        this.#passing(step, scope, event, skipped ? "skipped" : "succeeded", value);
      }
    }
  }

  /** An `if` that was followed by something else than its step has skipped that. */
  #settle(scope: Scope, isWorkOf: (step: TimelineStep) => boolean): void {
    const { undecided } = scope;
    scope.undecided = null;
    if (undecided && !isWorkOf(undecided.step)) {
      this.#passing(undecided.step, scope, undecided.event, "skipped", null);
    }
  }

  /** A row for a step that began and ended with one event. */
  #passing(
    step: TimelineStep,
    scope: Scope,
    event: RunEvent,
    outcome: "succeeded" | "skipped",
    output: string | null,
  ): void {
    const [parent, iteration] = this.#inline(step, scope, event);
    const row = this.#add({
      key: `${event.id}.${step.id}`,
      step: step.id,
      state: null,
      kind: step.kind,
      iteration,
      parent,
      startedAt: event.timestamp,
    });
    this.#set(row, {
      outcome,
      endedAt: event.timestamp,
      output: outcome === "skipped" ? null : output,
    });
  }

  /**
   * Opens and closes the switches and repeats of the scope so that exactly those around `step` are
   * open; returns the step's parent row and iteration label.
   */
  #inline(step: TimelineStep, scope: Scope, event: RunEvent): [Row | null, string] {
    const around = this.#steps.inlineAround(step);
    const leaves = scope.inline.findIndex((row, depth) => around[depth]?.id !== row.step);
    if (leaves >= 0) {
      for (const row of scope.inline.splice(leaves)) {
        this.#set(row, { outcome: "succeeded", endedAt: event.timestamp });
      }
    }
    let parent = scope.inline.at(-1) ?? scope.owner;
    let label = scope.label;
    around.forEach((structure, depth) => {
      if (depth >= scope.inline.length) {
        if (structure.kind === "repeat") scope.rounds.set(structure.id, 0);
        const row = this.#add({
          key: `${event.id}.${structure.id}`,
          step: structure.id,
          state: null,
          kind: structure.kind,
          iteration: label,
          parent,
          startedAt: event.timestamp,
        });
        scope.inline.push(row);
        parent = row;
      }
      if (structure.kind === "repeat") label = join(label, scope.rounds.get(structure.id) ?? 0);
    });
    return [parent, label];
  }

  #nextRound(scope: Scope, repeat: TimelineStep): void {
    scope.rounds.set(repeat.id, (scope.rounds.get(repeat.id) ?? 0) + 1);
    for (const id of scope.rounds.keys()) {
      const inner = this.#steps.byId(id);
      if (inner && this.#steps.isInside(inner, repeat.id)) scope.rounds.set(id, 0);
    }
  }

  /** Ends a scope with everything that is still open in it. */
  #close(
    scope: Scope,
    at: string,
    how: { readonly well: boolean; readonly error: StepFailure | null },
  ): void {
    if (scope.closed) return;
    scope.closed = true;
    this.#settle(scope, () => !how.well);
    const { current } = scope;
    const failed = current?.failing ?? false;
    const agent = agentAbove(current);
    if (agent && current && isOpen(agent)) {
      this.#set(agent, { failing: failed, error: current.error });
      this.#end(agent, at, how.well, how.error);
    }
    if (current) {
      for (const part of current.scopes) this.#close(part, at, how);
      if (isOpen(current) || (current.outcome === "failed" && current.error === null)) {
        this.#end(current, at, how.well, how.error);
      } else if (current.outcome === "failed" && how.error) {
        this.#set(current, { error: how.error });
      }
    }
    for (const row of scope.inline.splice(0)) {
      row.failing = failed;
      this.#end(row, at, how.well, null);
    }
  }

  #end(row: Row, at: string, well: boolean, error: StepFailure | null): void {
    if (row.failing) {
      const last = row.attempts.at(-1);
      if (last && last.endedAt === null) endAttempt(row, at, error);
      this.#set(row, { outcome: "failed", endedAt: row.endedAt ?? at, error: row.error ?? error });
    } else this.#set(row, { outcome: well ? "succeeded" : "aborted", endedAt: at });
  }

  /** A Fail state's own events do not name its error; the run's end does. */
  #explain(row: Row, error: StepFailure): void {
    if (row.outcome !== "failed") return;
    if (row.error === null) this.#set(row, { error });
    for (const part of row.scopes) if (part.current) this.#explain(part.current, error);
  }

  /** A redrive goes on inside scopes that had ended. */
  #reopen(scope: Scope): void {
    for (let at: Scope | null = scope; at?.closed; at = at.outer) {
      at.closed = false;
      if (at.owner && !isOpen(at.owner)) {
        this.#set(at.owner, {
          outcome: "running",
          endedAt: null,
          error: null,
          failing: false,
          ended: false,
        });
      }
    }
  }

  #add(of: Parameters<typeof newRow>[0]): Row {
    const row = newRow(of);
    this.#rows.push(row);
    this.#touched.add(row);
    return row;
  }

  #set(row: Row, change: Partial<Row>): void {
    Object.assign(row, change);
    this.#touched.add(row);
  }
}
