/**
 * Executions that a task starts: `states:startExecution`, `.sync`, `.sync:2`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
import { randomUUID } from "node:crypto";
import { EngineError, type Failure, names } from "../errors.ts";
import type { Execution } from "../execution.ts";
import type { Frame } from "../frame.ts";
import { isObject, type Json } from "../json.ts";
import type { Runner } from "../runner.ts";
import { resourceOf, taskAnswered, taskFailed, taskSucceeded } from "./task.ts";

/** The name that the nested execution will have, fixed before it starts so that it starts once. */
export function nestedName(parameters: Json): string {
  const name = isObject(parameters) ? parameters.Name : undefined;
  return typeof name === "string" ? name : randomUUID();
}

export function startNested(run: Runner, x: Execution, f: Frame): void {
  const { turn } = f;
  const parameters = isObject(f.scheduled?.parameters) ? f.scheduled.parameters : {};
  const input = parameters.Input;
  x.effects.push(() => {
    if (f.turn !== turn || !x.running) return;
    run.host.busy();
    run.host
      .startNested({
        stateMachineArn: String(parameters.StateMachineArn ?? ""),
        name: f.childName ?? randomUUID(),
        input: typeof input === "string" ? input : JSON.stringify(input ?? {}),
      })
      .then(
        ({ executionArn, startDate }) => {
          if (f.turn !== turn || !x.running) return;
          const answer = { ExecutionArn: executionArn, StartDate: startDate };
          run.enter(x, () => taskAnswered(run, x, f, answer));
        },
        (thrown: unknown) => {
          if (f.turn !== turn || !x.running) return;
          run.enter(x, () => taskFailed(run, x, f, apiFailure(thrown)));
        },
      )
      .finally(() => run.host.free());
  });
}

/** `.sync` waits for the end of the execution that its submission started. */
export function watchNested(run: Runner, x: Execution, f: Frame): void {
  const answer = f.result;
  const arn = isObject(answer ?? null)
    ? (answer as { ExecutionArn?: Json }).ExecutionArn
    : undefined;
  const { turn } = f;
  const stop = run.host.onEnd(String(arn), (child) => {
    if (f.turn !== turn || !x.running) return;
    run.enter(x, () => {
      const parsed = resourceOf(f).pattern === "sync2";
      const description = describe(child, parsed);
      if (child.status === "SUCCEEDED") return taskSucceeded(run, x, f, description);
      const cause = JSON.stringify(describe(child, parsed));
      taskFailed(run, x, f, { error: names.taskFailed, cause });
    });
  });
  f.cancel.push(stop);
}

/** What DescribeExecution says, in the upper-case members of an integration's answer. */
function describe(child: Execution, parsed: boolean): Json {
  const { start } = child;
  const redrivable = child.status !== "SUCCEEDED";
  return {
    ...(child.cause === undefined ? {} : { Cause: child.cause }),
    ...(child.error === undefined ? {} : { Error: child.error }),
    ExecutionArn: start.arn,
    Input: parsed ? child.parsedInput : start.input,
    InputDetails: { Included: true },
    Name: start.name,
    ...(child.output === undefined
      ? {}
      : {
          Output: parsed ? child.output : JSON.stringify(child.output),
          OutputDetails: { Included: true },
        }),
    RedriveCount: child.redriveCount,
    RedriveStatus: redrivable ? "REDRIVABLE" : "NOT_REDRIVABLE",
    ...(redrivable ? {} : { RedriveStatusReason: "Execution is SUCCEEDED and cannot be redriven" }),
    StartDate: start.startDate,
    StateMachineArn: start.machineArn,
    Status: child.status,
    StopDate: child.stopDate ?? null,
  };
}

function apiFailure(thrown: unknown): Failure {
  if (!(thrown instanceof EngineError)) return { error: names.taskFailed, cause: String(thrown) };
  const cause = `${thrown.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${thrown.name}; Request ID: ${randomUUID()}; Proxy: null)`;
  return { error: `StepFunctions.${thrown.name}Exception`, cause };
}
