/**
 * Drives executions: takes each frame from phase to phase until it has to wait for something.
 * Nothing here awaits; what cannot go on at once comes back through `enter`.
 */

import type { EngineClock } from "./clock.ts";
import { type Failure, names, QueryFailure } from "./errors.ts";
import { type Execution, HISTORY_LIMIT, HistoryFull } from "./execution.ts";
import { failFrame, handleFailure } from "./failure.ts";
import type { Frame } from "./frame.ts";
import { FrameScope } from "./frame-scope.ts";
import {
  type Eventual,
  exceedsPayloadLimit,
  isPromise,
  type Json,
  type JsonObject,
} from "./json.ts";
import type { Outcome, Scope } from "./query/language.ts";
import { Same } from "./record.ts";
import type { Behaviour } from "./states/behaviour.ts";
import { BEHAVIOURS } from "./states/index.ts";
import type { TaskCall } from "./task-call.ts";

/** What the runner needs from the engine around it. */
export interface Host {
  readonly clock: EngineClock;
  readonly region: string;
  /** Hands new records to the journal; `effects` run once they are durable. */
  commit(x: Execution): void;
  /** Runs a task; rejects with TaskError. */
  invoke(call: TaskCall): Promise<unknown>;
  /** Makes a token known, and unknown again. */
  token(x: Execution, f: Frame, token: string): () => void;
  newToken(x: Execution, f: Frame): string;
  /** Starts an execution for a task; starting the same one again is no error. `startDate` is Unix ms. */
  startNested(request: { stateMachineArn: string; name: string; input: string }): Promise<{
    executionArn: string;
    startDate: number;
  }>;
  /** Runs once a nested execution has ended. */
  onEnd(executionArn: string, fn: (x: Execution) => void): () => void;
  ended(x: Execution): void;
  /** Counts what is in flight, so that the clock may learn when the engine is idle. */
  busy(): void;
  free(): void;
}

/**
 * A piece of a state: done when it returns undefined; else it evaluates, and resolves to the
 * function that writes its records, so that nothing is written for a frame voided meanwhile.
 */
export type Step = undefined | Promise<() => void>;

/** After so many steps in one go, other executions and I/O get their turn. */
const STEPS_IN_ONE_GO = 2_000;

export class Runner {
  readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  now(): number {
    return this.host.clock.now();
  }

  /** Does something to an execution, then all that follows from it, then commits. */
  enter(x: Execution, fn: () => void): void {
    if (x.draining) {
      fn();
      return;
    }
    x.draining = true;
    try {
      this.#guard(x, fn);
      let steps = 0;
      for (let f = x.ready.shift(); f !== undefined; f = x.ready.shift()) {
        f.queued = false;
        if (!x.running || f.halted) continue;
        const frame = f;
        this.#guard(x, () => {
          steps += this.#advance(x, frame);
        });
        if (steps > STEPS_IN_ONE_GO && x.ready.length > 0) {
          this.host.busy();
          setImmediate(() => {
            this.enter(x, () => {});
            this.host.free();
          });
          break;
        }
      }
    } finally {
      x.draining = false;
      this.host.commit(x);
    }
  }

  schedule(x: Execution, f: Frame): void {
    if (f.queued) return;
    f.queued = true;
    x.ready.push(f);
  }

  #guard(x: Execution, fn: () => void): void {
    try {
      fn();
    } catch (thrown) {
      if (!(thrown instanceof HistoryFull)) {
        this.#internalError(x, thrown);
        return;
      }
      const cause = `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`;
      this.endFailed(x, { error: names.runtime, cause }, x.lastId);
    }
  }

  /** A fault of the engine itself ends the execution that met it, and no other. */
  #internalError(x: Execution, thrown: unknown): void {
    if (!x.running) throw thrown;
    const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    const cause = `The engine failed: ${reason}`;
    this.endFailed(x, { error: names.runtime, cause }, x.lastId);
  }

  /** Takes a frame as far as it gets. Returns the number of steps. */
  #advance(x: Execution, f: Frame): number {
    let steps = 0;
    // A step may have put the frame into the queue itself: then it goes on from there, once.
    while (x.running && !f.halted && !f.queued && steps < STEPS_IN_ONE_GO) {
      steps++;
      const waiting = this.#step(x, f);
      if (waiting === "stop") return steps;
      if (isPromise(waiting)) {
        this.#resumeAfter(x, f, waiting);
        return steps;
      }
    }
    if (x.running && !f.halted) this.schedule(x, f);
    return steps;
  }

  #step(x: Execution, f: Frame): Step | "stop" {
    switch (f.phase) {
      case "new":
        this.enterState(x, f, f.graph.startAt);
        return undefined;
      case "exited":
        this.enterState(x, f, f.next ?? "");
        return undefined;
      case "entered":
        return this.#attempt(x, f, BEHAVIOURS[f.current.type].begin);
      case "succeeded":
        return this.#attempt(x, f, BEHAVIOURS[f.current.type].complete);
      case "failed":
        return this.#attempt(x, f, handleFailure);
      case "done":
        this.#frameEnded(x, f);
        return "stop";
      default:
        return this.#attach(x, f);
    }
  }

  #attach(x: Execution, f: Frame): Step | "stop" {
    const behaviour = BEHAVIOURS[f.current.type];
    if (f.phase === "running") {
      this.#attempt(x, f, () => {
        behaviour.attach(this, x, f);
        return undefined;
      });
    } else if (!f.attached) {
      f.attached = true;
      behaviour.attach(this, x, f);
    }
    return f.phase === "succeeded" || f.phase === "failed" ? undefined : "stop";
  }

  /** Runs a piece of a state; a query that fails there fails the state. */
  #attempt(x: Execution, f: Frame, piece: Behaviour["begin"]): Step {
    try {
      return piece(this, x, f)?.catch((thrown: unknown) => {
        if (!(thrown instanceof QueryFailure)) throw thrown;
        return () => this.queryFailed(x, f, thrown);
      });
    } catch (thrown) {
      if (!(thrown instanceof QueryFailure)) throw thrown;
      this.queryFailed(x, f, thrown);
      return undefined;
    }
  }

  #resumeAfter(x: Execution, f: Frame, pending: Promise<() => void>): void {
    const turn = f.turn;
    this.host.busy();
    pending
      .then((write) => {
        if (f.turn !== turn || !x.running) return;
        this.enter(x, () => {
          try {
            write();
          } catch (thrown) {
            if (!(thrown instanceof QueryFailure)) throw thrown;
            this.queryFailed(x, f, thrown);
          }
          this.schedule(x, f);
        });
      })
      .finally(() => this.host.free());
  }

  /**
   * Waits for an evaluation and then writes. Records are only ever written inside `enter`:
   * at once if the value is there, else when `#resumeAfter` calls the returned function.
   */
  afterwards<T>(value: Eventual<T>, write: (value: T) => void): Step {
    if (isPromise(value)) return value.then((got) => () => write(got));
    write(value);
    return undefined;
  }

  /** Lets a piece of a frame evaluate while the frame as such goes on. */
  aside(x: Execution, f: Frame, pending: Promise<() => void>): void {
    const guarded = pending.catch((thrown: unknown) => {
      if (!(thrown instanceof QueryFailure)) throw thrown;
      return () => this.queryFailed(x, f, thrown);
    });
    this.#resumeAfter(x, f, guarded);
  }

  queryFailed(x: Execution, f: Frame, failure: QueryFailure): void {
    const state = f.current;
    const cause = `An error occurred while executing the state '${state.name}' (entered at the event id #${f.enteredId}). ${failure.message}`;
    if (failure.error !== names.queryEvaluation) {
      failFrame(this, x, f, {
        error: failure.error,
        cause,
        terminal: failure.error === names.runtime,
      });
      return;
    }
    f.detach();
    // AWS evaluates before it moves on to the event of entering the state.
    const early = f.last === f.enteredId && !failure.late;
    const d: Record<string, Json> = { cause, error: failure.error, state: state.name };
    if (failure.location !== undefined) d.location = failure.location;
    x.record(this.now(), f, "EvaluationFailed", d, early ? { prev: f.enteredPrev } : {});
  }

  enterState(x: Execution, f: Frame, name: string): void {
    const state = f.graph.states.get(name);
    if (state === undefined) throw new Error(`no state ${name}`);
    f.attached = false;
    x.record(this.now(), f, state.entered, { name, input: f.value }, { same: Same.value });
  }

  /** Writes a state's exit. Throws QueryFailure if its output is too large. */
  exit(x: Execution, f: Frame, outcome: Outcome, next: string | undefined): void {
    const state = f.current;
    const { output, assigned } = outcome;
    const same = output === f.value ? Same.value : output === f.result ? Same.result : Same.none;
    if (same === Same.none && exceedsPayloadLimit(output)) {
      const cause = `The state/task '${state.name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
      failFrame(this, x, f, { error: names.dataLimitExceeded, cause });
      return;
    }
    const d: Record<string, Json> = { name: state.name };
    if (assigned !== undefined && Object.keys(assigned).length > 0)
      d.assignedVariables = sorted(assigned);
    // Last, as a record that comes back from the journal has it.
    d.output = output;
    const extra = next === state.next ? state.onward : next === undefined ? undefined : { n: next };
    x.record(this.now(), f, state.exited, d, { x: extra, same });
  }

  /** What queries of a frame's state see. */
  scope(
    x: Execution,
    f: Frame,
    more: Pick<Scope, "result" | "errorOutput"> = {},
    token = f.token,
  ): Scope {
    return new FrameScope(x, f, more.result, more.errorOutput, token);
  }

  #frameEnded(x: Execution, f: Frame): void {
    if (f.parent !== undefined) {
      f.parent.finished.push(f);
      this.schedule(x, f.parent);
      return;
    }
    x.record(this.now(), f, "ExecutionSucceeded", { output: f.value }, { same: Same.value });
    this.#end(x);
  }

  endFailed(x: Execution, failure: Failure, prev: number): void {
    x.record(this.now(), x.root, "ExecutionFailed", failureDetails(failure), { prev });
    this.#end(x);
  }

  /** Ends an execution from outside. `type` is ExecutionAborted or ExecutionTimedOut. */
  endFrom(x: Execution, type: "ExecutionAborted" | "ExecutionTimedOut", failure: Failure): void {
    x.record(this.now(), x.root, type, failureDetails(failure), { prev: 0 });
    this.#end(x);
  }

  #end(x: Execution): void {
    for (const f of x.frames) f.detach();
    x.cancelDeadline?.();
    x.cancelDeadline = undefined;
    for (const f of x.ready) f.queued = false;
    x.ready = [];
    this.host.ended(x);
  }

  /** Puts the execution's own deadline in place. */
  watchDeadline(x: Execution): void {
    const seconds = x.machine.timeoutSeconds;
    if (seconds === undefined) return;
    const from = x.redriveDate ?? x.start.startDate;
    x.cancelDeadline = this.host.clock.setTimer(from + seconds * 1000, () => {
      if (!x.running) return;
      this.enter(x, () =>
        this.endFrom(x, "ExecutionTimedOut", { error: names.timeout, cause: undefined }),
      );
    });
  }

  /** Goes on with every frame after a restart or a redrive. */
  resume(x: Execution): void {
    this.enter(x, () => {
      this.watchDeadline(x);
      this.#resumeFrame(x, x.root);
    });
  }

  #resumeFrame(x: Execution, f: Frame): void {
    f.attached = false;
    const children = f.children.filter((child) => child !== undefined && !child.settled);
    f.finished = children.filter((child) => child.phase === "done");
    this.schedule(x, f);
    if (f.phase !== "running") return;
    for (const child of children) if (child.phase !== "done") this.#resumeFrame(x, child);
  }
}

export function failureDetails(failure: Failure): JsonObject {
  const d: Record<string, Json> = {};
  if (failure.error !== undefined) d.error = failure.error;
  if (failure.cause !== undefined) d.cause = failure.cause;
  return d;
}

function sorted(values: JsonObject): JsonObject {
  const names = Object.keys(values);
  if (names.length < 2) return values;
  const result: Record<string, Json> = {};
  for (const name of names.sort()) result[name] = values[name] as Json;
  return result;
}
