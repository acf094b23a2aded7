import { type Failure, names, TaskError } from "../errors.ts";
import type { Execution } from "../execution.ts";
import type { Frame, TokenOutcome } from "../frame.ts";
import { chain, type Eventual, exceedsPayloadLimit, isPromise, type Json } from "../json.ts";
import type { Scope, StateQuery } from "../query/language.ts";
import type { Extra } from "../record.ts";
import { failureDetails, type Runner } from "../runner.ts";
import { TaskCall } from "../task-call.ts";
import { toJson } from "../to-json.ts";
import { type Behaviour, exitWith } from "./behaviour.ts";
import { nestedName, startNested, watchNested } from "./nested.ts";
import { awaitRetry } from "./retry.ts";

export const task: Behaviour = {
  begin(run, x, f) {
    const { query } = f.current;
    const resource = resourceOf(f);
    const token = resource.pattern === "token" ? run.host.newToken(x, f) : undefined;
    const scope = run.scope(x, f, {}, token);
    const payload = query.payload(scope);
    const limits = chain(payload, () => limitsOf(query, scope));
    if (!isPromise(payload) && !isPromise(limits)) {
      schedule(run, x, f, token, payload, limits);
      return undefined;
    }
    return Promise.all([payload, limits]).then(
      ([given, within]) =>
        () =>
          schedule(run, x, f, token, given, within),
    );
  },

  complete: exitWith,

  attach(run, x, f) {
    if (f.phase === "retrying") return awaitRetry(run, x, f);
    watchTimeout(run, x, f);
    if (f.token !== undefined) f.cancel.push(run.host.token(x, f, f.token));
    if (f.phase === "submitted") {
      if (f.early !== undefined) finishWithToken(run, x, f, f.early);
      else if (f.token === undefined) watchNested(run, x, f);
      return;
    }
    if (resourceOf(f).nested) startNested(run, x, f);
    else invoke(run, x, f);
  },
};

export function resourceOf(f: Frame) {
  const { resource } = f.current;
  if (resource === undefined) throw new Error(`state ${f.current.name} has no resource`);
  return resource;
}

interface Limits {
  readonly timeoutInSeconds?: number;
  readonly heartbeatInSeconds?: number;
}

const NO_LIMITS: Limits = {};

function limitsOf(query: StateQuery, scope: Scope): Eventual<Limits> {
  return chain(query.number("TimeoutSeconds", scope), (timeoutInSeconds) =>
    chain(query.number("HeartbeatSeconds", scope), (heartbeatInSeconds) => {
      if (timeoutInSeconds === undefined && heartbeatInSeconds === undefined) return NO_LIMITS;
      return {
        ...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
        ...(heartbeatInSeconds === undefined ? {} : { heartbeatInSeconds }),
      };
    }),
  );
}

function schedule(
  run: Runner,
  x: Execution,
  f: Frame,
  token: string | undefined,
  payload: Json,
  limits: Limits,
): void {
  const now = run.now();
  const resource = resourceOf(f);
  if (resource.direct) {
    const { heartbeatInSeconds: _, ...timeout } = limits;
    // The input last, as a record that comes back from the journal has it.
    const d = { resource: resource.arn, ...timeout, input: payload };
    x.record(now, f, "LambdaFunctionScheduled", d, { same: payload === f.value ? 1 : 0 });
    x.record(now, f, "LambdaFunctionStarted", undefined);
    return;
  }
  const { where } = resource;
  const d = {
    parameters: payload,
    region: run.host.region,
    resource: resource.action,
    resourceType: resource.service,
  };
  const child = resource.nested ? nestedName(payload) : undefined;
  x.record(now, f, "TaskScheduled", limits === NO_LIMITS ? d : { ...d, ...limits }, {
    x: extraOf(token, child),
  });
  x.record(now, f, "TaskStarted", where);
}

function extraOf(token: string | undefined, child: string | undefined): Extra | undefined {
  if (token === undefined && child === undefined) return undefined;
  return {
    ...(token === undefined ? {} : { token }),
    ...(child === undefined ? {} : { child }),
  };
}

function invoke(run: Runner, x: Execution, f: Frame): void {
  const { turn, scheduled } = f;
  const resource = resourceOf(f);
  const call = new TaskCall({
    resource: resource.arn,
    arguments: (resource.direct ? scheduled?.input : scheduled?.parameters) ?? null,
    taskToken: f.token,
    executionArn: x.start.arn,
    executionName: x.start.name,
    stateName: f.current.name,
    retryCount: f.retryCount,
  });
  f.cancel.push(() => call.abort());
  x.effects.push(() => {
    if (f.turn !== turn || !x.running) return;
    run.host.busy();
    run.host.invoke(call).then(
      (value) => answered(run, x, f, turn, call, () => taskAnswered(run, x, f, toJson(value))),
      (thrown: unknown) =>
        answered(run, x, f, turn, call, () => taskFailed(run, x, f, failureOf(thrown))),
    );
  });
}

/** Writes what a call has led to, unless the frame has moved on meanwhile. */
function answered(
  run: Runner,
  x: Execution,
  f: Frame,
  turn: number,
  call: TaskCall,
  write: () => void,
): void {
  call.settle();
  if (f.turn === turn && x.running) run.enter(x, write);
  run.host.free();
}

/** The integration has answered: the task's result, or with a token only its submission. */
export function taskAnswered(run: Runner, x: Execution, f: Frame, value: Json): void {
  const { pattern } = resourceOf(f);
  if (pattern === "response") {
    taskSucceeded(run, x, f, value);
    return;
  }
  const early = f.early;
  f.detach();
  x.record(run.now(), f, "TaskSubmitted", { ...resourceOf(f).where, output: value });
  f.early = early;
  run.schedule(x, f);
}

export function taskSucceeded(run: Runner, x: Execution, f: Frame, output: Json): void {
  const { direct, arn, service, action } = resourceOf(f);
  if (exceedsPayloadLimit(output)) {
    const what = direct ? arn : service;
    const cause = `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;
    taskFailed(run, x, f, { error: names.dataLimitExceeded, cause });
    return;
  }
  f.detach();
  if (direct) x.record(run.now(), f, "LambdaFunctionSucceeded", { output });
  else x.record(run.now(), f, "TaskSucceeded", { resource: action, resourceType: service, output });
  run.schedule(x, f);
}

export function taskFailed(run: Runner, x: Execution, f: Frame, failure: Failure): void {
  f.detach();
  if (resourceOf(f).direct) x.record(run.now(), f, "LambdaFunctionFailed", failureDetails(failure));
  else x.record(run.now(), f, "TaskFailed", { ...resourceOf(f).where, ...failureDetails(failure) });
  run.schedule(x, f);
}

function taskTimedOut(run: Runner, x: Execution, f: Frame, heartbeat: boolean): void {
  f.detach();
  const options = heartbeat ? { x: { heartbeat } } : {};
  const error = names.timeout;
  if (resourceOf(f).direct) x.record(run.now(), f, "LambdaFunctionTimedOut", { error }, options);
  else x.record(run.now(), f, "TaskTimedOut", { ...resourceOf(f).where, error }, options);
  run.schedule(x, f);
}

/** A task token came back. Before the integration has answered, the outcome is kept for then. */
export function tokenReturned(run: Runner, x: Execution, f: Frame, outcome: TokenOutcome): void {
  run.enter(x, () => {
    if (f.phase === "submitted") return finishWithToken(run, x, f, outcome);
    const noted =
      "output" in outcome ? { output: outcome.output } : failureDetails(outcome.failure);
    x.note(run.now(), f, "early", noted);
  });
}

function finishWithToken(run: Runner, x: Execution, f: Frame, outcome: TokenOutcome): void {
  if ("output" in outcome) taskSucceeded(run, x, f, outcome.output);
  else taskFailed(run, x, f, outcome.failure);
}

function watchTimeout(run: Runner, x: Execution, f: Frame): void {
  const seconds = f.scheduled?.timeoutInSeconds;
  if (typeof seconds === "number") {
    const expire = () => run.enter(x, () => taskTimedOut(run, x, f, false));
    f.cancel.push(run.host.clock.setTimer(f.scheduledAt + seconds * 1000, expire));
  }
  heartbeat(run, x, f);
}

/** Starts the wait for the next heartbeat over. */
export function heartbeat(run: Runner, x: Execution, f: Frame): void {
  const seconds = f.scheduled?.heartbeatInSeconds;
  if (typeof seconds !== "number") return;
  f.beat?.();
  const expire = () => run.enter(x, () => taskTimedOut(run, x, f, true));
  const cancel = run.host.clock.setTimer(run.now() + seconds * 1000, expire);
  if (f.beat === undefined) f.cancel.push(() => f.beat?.());
  f.beat = cancel;
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof TaskError) return { error: thrown.error, cause: thrown.cause };
  if (thrown instanceof Error) return { error: thrown.name, cause: thrown.message };
  return { error: names.taskFailed, cause: String(thrown) };
}
