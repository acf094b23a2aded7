/** Pass, Succeed, Fail and Choice: states that never wait. */
import type { Failure } from "../errors.ts";
import { names } from "../errors.ts";
import { failFrame } from "../failure.ts";
import { chain } from "../json.ts";
import { type Behaviour, exitWith, nothingToWaitFor } from "./behaviour.ts";

export const pass: Behaviour = {
  begin(run, x, f) {
    const { query, next } = f.current;
    const scope = run.scope(x, f);
    // In JSONata a Pass has no work; in JSONPath its work is Parameters or Result.
    return run.afterwards(
      chain(query.payload(scope), (result) => query.outcome(run.scope(x, f, { result }))),
      (outcome) => run.exit(x, f, outcome, next),
    );
  },
  complete: exitWith,
  attach: nothingToWaitFor,
};

export const succeed: Behaviour = {
  begin(run, x, f) {
    const { query } = f.current;
    const scope = run.scope(x, f);
    return run.afterwards(
      chain(query.payload(scope), (result) => query.outcome(run.scope(x, f, { result }))),
      (outcome) => run.exit(x, f, outcome, undefined),
    );
  },
  complete: exitWith,
  attach: nothingToWaitFor,
};

export const fail: Behaviour = {
  begin(run, x, f) {
    const { query } = f.current;
    const scope = run.scope(x, f);
    const failure = chain(query.text("Error", scope), (error) =>
      chain(query.text("Cause", scope), (cause): Failure => ({ error, cause })),
    );
    return run.afterwards(failure, (value) => failFrame(run, x, f, value));
  },
  complete: exitWith,
  attach: nothingToWaitFor,
};

export const choice: Behaviour = {
  begin(run, x, f) {
    const { query, ruleTargets, defaultTarget, name } = f.current;
    const scope = run.scope(x, f);
    const decided = chain(query.choose(scope), (rule) => {
      const next = rule < 0 ? defaultTarget : ruleTargets[rule];
      if (next === undefined) return undefined;
      const outcome = rule < 0 ? query.outcome(scope) : query.chosen(rule, scope);
      return chain(outcome, (value) => ({ outcome: value, next }));
    });
    return run.afterwards(decided, (decision) => {
      if (decision !== undefined) return run.exit(x, f, decision.outcome, decision.next);
      // AWS documents States.NoChoiceMatched for this, and records States.Runtime.
      const cause = `An error occurred while executing the state '${name}' (entered at the event id #${f.enteredId}). Failed to transition out of the state. The state does not point to a next state.`;
      failFrame(run, x, f, { error: names.runtime, cause, terminal: true });
    });
  },
  complete: exitWith,
  attach: nothingToWaitFor,
};
