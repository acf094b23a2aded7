import { type Failure, names, TaskError } from "../errors.ts";
import type { Execution } from "../execution.ts";
import type { Frame, TokenOutcome } from "../frame.ts";
import { chain, exceedsPayloadLimit, type Json, type JsonObject } from "../json.ts";
import { failureDetails, type Runner } from "../runner.ts";
import { TaskCall } from "../task-call.ts";
import { toJson } from "../to-json.ts";
import { type Behaviour, exitWith } from "./behaviour.ts";
import { isNested, nestedName, startNested, watchNested } from "./nested.ts";
import { awaitRetry } from "./retry.ts";

export const task: Behaviour = {
  begin(run, x, f) {
    const { query } = f.current;
    const resource = resourceOf(f);
    const token = resource.pattern === "token" ? run.host.newToken(x, f) : undefined;
    const scope = run.scope(x, f, {}, token);
    const plan = chain(query.payload(scope), (payload) =>
      chain(query.number("TimeoutSeconds", scope), (timeout) =>
        chain(query.number("HeartbeatSeconds", scope), (heartbeat) => ({
          payload,
          timeout,
          heartbeat,
        })),
      ),
    );
    return run.afterwards(plan, ({ payload, timeout, heartbeat }) => {
      const now = run.now();
      const limits: Record<string, Json> = {};
      if (timeout !== undefined) limits.timeoutInSeconds = timeout;
      if (heartbeat !== undefined && !resource.direct) limits.heartbeatInSeconds = heartbeat;
      if (resource.direct) {
        const same = payload === f.value ? 1 : 0;
        x.record(
          now,
          f,
          "LambdaFunctionScheduled",
          { resource: resource.arn, ...limits, input: payload },
          { same },
        );
        x.record(now, f, "LambdaFunctionStarted", undefined);
        return;
      }
      const where = whereOf(f);
      const scheduled = { parameters: payload, region: run.host.region, ...where, ...limits };
      const child = isNested(resource) ? nestedName(payload) : undefined;
      const extra =
        token === undefined && child === undefined
          ? undefined
          : {
              ...(token === undefined ? {} : { token }),
              ...(child === undefined ? {} : { child }),
            };
      x.record(now, f, "TaskScheduled", scheduled, { x: extra });
      x.record(now, f, "TaskStarted", where);
    });
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
    if (isNested(resourceOf(f))) startNested(run, x, f);
    else invoke(run, x, f);
  },
};

export function resourceOf(f: Frame) {
  const { resource } = f.current;
  if (resource === undefined) throw new Error(`state ${f.current.name} has no resource`);
  return resource;
}

/** `resource` and `resourceType`, which all Task events carry. */
export function whereOf(f: Frame): JsonObject {
  const { action, service } = resourceOf(f);
  return { resource: action, resourceType: service };
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
  const current = () => f.turn === turn && x.running;
  const answered = (write: () => void) => {
    call.settle();
    if (current()) run.enter(x, write);
    run.host.free();
  };
  x.effects.push(() => {
    if (!current()) return;
    run.host.busy();
    run.host.invoke(call).then(
      (value) => answered(() => taskAnswered(run, x, f, toJson(value))),
      (thrown: unknown) => answered(() => taskFailed(run, x, f, failureOf(thrown))),
    );
  });
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
  x.record(run.now(), f, "TaskSubmitted", { ...whereOf(f), output: value });
  f.early = early;
  run.schedule(x, f);
}

export function taskSucceeded(run: Runner, x: Execution, f: Frame, output: Json): void {
  const { direct, arn, service } = resourceOf(f);
  if (exceedsPayloadLimit(output)) {
    const what = direct ? arn : service;
    const cause = `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;
    taskFailed(run, x, f, { error: names.dataLimitExceeded, cause });
    return;
  }
  f.detach();
  if (direct) x.record(run.now(), f, "LambdaFunctionSucceeded", { output });
  else x.record(run.now(), f, "TaskSucceeded", { ...whereOf(f), output });
  run.schedule(x, f);
}

export function taskFailed(run: Runner, x: Execution, f: Frame, failure: Failure): void {
  f.detach();
  if (resourceOf(f).direct) x.record(run.now(), f, "LambdaFunctionFailed", failureDetails(failure));
  else x.record(run.now(), f, "TaskFailed", { ...whereOf(f), ...failureDetails(failure) });
  run.schedule(x, f);
}

function taskTimedOut(run: Runner, x: Execution, f: Frame, heartbeat: boolean): void {
  f.detach();
  const options = heartbeat ? { x: { heartbeat } } : {};
  const error = names.timeout;
  if (resourceOf(f).direct) x.record(run.now(), f, "LambdaFunctionTimedOut", { error }, options);
  else x.record(run.now(), f, "TaskTimedOut", { ...whereOf(f), error }, options);
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
