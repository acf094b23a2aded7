import type { Execution } from "../execution.ts";
import type { Frame } from "../frame.ts";
import type { Runner, Step } from "../runner.ts";

/** What a type of state does. None of these runs while the frame is void. */
export interface Behaviour {
  /** From `entered`: also the start of every further attempt. */
  begin(run: Runner, x: Execution, f: Frame): Step;
  /** From `succeeded`: the work is done, the state may exit. */
  complete(run: Runner, x: Execution, f: Frame): Step;
  /** Puts in place what a waiting frame waits for: at once, or after a restart. */
  attach(run: Runner, x: Execution, f: Frame): void;
}

/** Evaluates output and variables and leaves the state. */
export function exitWith(run: Runner, x: Execution, f: Frame): Step {
  const state = f.current;
  return run.afterwards(state.query.outcome(run.scope(x, f, { result: f.result })), (outcome) =>
    run.exit(x, f, outcome, state.next),
  );
}

export const nothingToWaitFor = (): void => {};
