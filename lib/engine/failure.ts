/** What happens when a state fails: Retry, Catch, or the failure of what is around it. */
import { errorOutput, type Failure, NO_FAILURE, names } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";
import type { Retrier, State } from "./machine.ts";
import type { Runner, Step } from "./runner.ts";

/** Fails the state that a frame is in. `last` is the event that the next one follows. */
export function failFrame(
  run: Runner,
  x: Execution,
  f: Frame,
  failure: Failure,
  last?: number,
): void {
  f.detach();
  x.note(run.now(), f, "fail", {
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    ...(failure.terminal === true ? { terminal: true } : {}),
    ...(last === undefined ? {} : { last }),
  });
}

export function handleFailure(run: Runner, x: Execution, f: Frame): Step {
  const state = f.current;
  const failure = f.failure ?? NO_FAILURE;
  if (f.children.length > 0) abortChildren(run, x, f);
  if (failure.terminal === true) {
    run.endFailed(x, failure, f.last);
    return undefined;
  }
  const i = state.retriers.findIndex((retrier) => matches(retrier.errors, failure));
  // A catcher whose own expressions fail is not tried again, nor is the state.
  if (f.catching) {
    giveUp(run, x, f, failure);
    return undefined;
  }
  const retrier = state.retriers[i];
  if (retrier !== undefined && (f.attempts[i] ?? 0) < retrier.maxAttempts) {
    const at = run.now() + 1000 * pauseSeconds(retrier, f.attempts[i] ?? 0);
    x.note(run.now(), f, "retry", { i, at });
    return undefined;
  }
  const caughtBy = state.catchers.findIndex((catcher) => matches(catcher.errors, failure));
  const catcher = state.catchers[caughtBy];
  if (catcher === undefined) {
    giveUp(run, x, f, failure);
    return undefined;
  }
  const scope = run.scope(x, f, { errorOutput: errorOutput(failure) });
  f.catching = true;
  return run.afterwards(state.query.caught(caughtBy, scope), (outcome) => {
    report(run, x, f);
    run.exit(x, f, outcome, catcher.next);
  });
}

function giveUp(run: Runner, x: Execution, f: Frame, failure: Failure): void {
  report(run, x, f);
  if (f.parent === undefined) {
    run.endFailed(x, failure, f.last);
    return;
  }
  f.halted = true;
  f.parent.finished.push(f);
  run.schedule(x, f.parent);
}

/** A Map or Parallel that is not retried records that it failed. */
function report(run: Runner, x: Execution, f: Frame): void {
  const { type } = f.current;
  if ((type !== "Map" && type !== "Parallel") || f.reported) return;
  x.record(run.now(), f, `${type}StateFailed`, undefined);
}

/** Aborts what is still under way inside a Map or Parallel, innermost first. */
export function abortChildren(run: Runner, x: Execution, f: Frame): void {
  for (const child of f.children) {
    if (child === undefined || child.phase === "done" || child.halted) continue;
    abortFrame(run, x, child);
    if (f.current.type === "Map") {
      const d = { name: f.current.name, index: child.index };
      x.record(run.now(), child, "MapIterationAborted", d);
    }
  }
}

const LEAVES_ABORTED: ReadonlySet<State["type"]> = new Set(["Task", "Wait", "Map", "Parallel"]);

export function abortFrame(run: Runner, x: Execution, f: Frame): void {
  abortChildren(run, x, f);
  const inState = f.phase !== "new" && f.phase !== "exited" && f.phase !== "done";
  if (inState && LEAVES_ABORTED.has(f.current.type)) {
    x.record(run.now(), f, `${f.current.type}StateAborted`, undefined);
  }
  f.detach();
  f.halted = true;
}

/**
 * Whether an `ErrorEquals` names this failure. A heartbeat that did not come is recorded as
 * States.Timeout, as AWS does, and answers to States.HeartbeatTimeout too.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function matches(errors: readonly string[], failure: Failure): boolean {
  const { error } = failure;
  return errors.some((name) => {
    if (name === names.all) return error !== names.runtime;
    if (name === error) return true;
    if (name === names.taskFailed) return error !== names.timeout && error !== names.runtime;
    return name === names.heartbeatTimeout && failure.heartbeat === true;
  });
}

function pauseSeconds(retrier: Retrier, attempts: number): number {
  const pause = Math.min(
    retrier.intervalSeconds * retrier.backoffRate ** attempts,
    retrier.maxDelaySeconds,
  );
  return retrier.fullJitter ? Math.random() * pause : pause;
}
