/**
 * Step Functions in the place of the emulator's own, which runs no maps: our engine, which is held to
 * recordings of AWS. Machines are those that CloudFormation has made in the emulator, as they stand
 * there when an execution begins; tasks call the emulator's functions and its buses; and what happens
 * to executions is told on its default bus, as on AWS.
 */

import * as z from "zod";
import { Engine, type HistoryEvent, type TaskCall, TaskError } from "../../lib/engine/index.ts";
import { stepFunctionsApi } from "../../lib/local/stepfunctions/index.ts";
import type { Aws } from "./aws.ts";

export interface StepFunctions {
  /** Whether an `X-Amz-Target` is answered here, and not by the emulator. */
  readonly answers: (target: string) => boolean;
  /** Answers a request with AWS JSON; `body` as it came. */
  readonly answer: (target: string, body: string) => Promise<Response>;
  /** Throws what could not be told of an execution. */
  close(): Promise<void>;
}

/** Machines themselves are the emulator's. */
const OPERATIONS = [
  "DescribeExecution",
  "DescribeStateMachineForExecution",
  "GetExecutionHistory",
  "ListExecutions",
  "RedriveExecution",
  "SendTaskFailure",
  "SendTaskHeartbeat",
  "SendTaskSuccess",
  "StartExecution",
  "StartSyncExecution",
  "StopExecution",
];
const TARGETS = new Set(OPERATIONS.map((operation) => `AWSStepFunctions.${operation}`));

/** @param aws the emulator itself */
export async function startStepFunctions(aws: Aws): Promise<StepFunctions> {
  const engine = await Engine.open({ invoke: (task) => perform(task, aws) });
  const api = stepFunctionsApi(engine);
  const teller = tellOf(engine, aws);
  let following: Promise<unknown> = Promise.resolve();
  return {
    answers: (target) => TARGETS.has(target),
    async answer(target, body) {
      const { stateMachineArn } = z
        .looseObject({ stateMachineArn: z.string().optional() })
        .parse(JSON.parse(body === "" ? "{}" : body));
      if (stateMachineArn !== undefined) {
        // One after the other: two that start a machine's first run must not both create it.
        const taken = following.then(() => takeOver(stateMachineArn, engine, aws));
        following = taken.catch(() => undefined);
        await taken;
      }
      const headers = { host: "127.0.0.1", "x-amz-target": target };
      return api.request("/", { method: "POST", headers, body });
    },
    async close() {
      await teller.stop();
      await engine.close();
    },
  };
}

const Machine = z.object({
  name: z.string(),
  definition: z.string(),
  roleArn: z.string(),
  type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
});

/** The machine as it is deployed right now; executions under way keep their definition. */
async function takeOver(stateMachineArn: string, engine: Engine, aws: Aws): Promise<void> {
  const found = await aws.call("states", "DescribeStateMachine", { stateMachineArn }, Machine);
  const own = await engine.describeStateMachine({ stateMachineArn }).catch(() => undefined);
  if (own === undefined) {
    const made = await engine.createStateMachine(found);
    if (made.stateMachineArn !== stateMachineArn) {
      throw new Error(`${stateMachineArn} would be ${made.stateMachineArn} here.`);
    }
  } else if (own.definition !== found.definition) {
    await engine.updateStateMachine({ stateMachineArn, definition: found.definition });
  }
}

const Invoke = z.object({ FunctionName: z.string(), Payload: z.unknown() });
const PutEvents = z.object({
  Entries: z.array(
    z.looseObject({ Detail: z.unknown(), Resources: z.array(z.string()).default([]) }),
  ),
});

/** The service integrations that the compiler uses. */
async function perform(task: TaskCall, aws: Aws): Promise<unknown> {
  const integration = task.resource.replace(/^arn:[^:]+:states:[^:]*:[^:]*:/, "");
  switch (integration) {
    case "lambda:invoke":
    case "lambda:invoke.waitForTaskToken": {
      const { FunctionName, Payload = {} } = Invoke.parse(task.arguments);
      const { failed, text } = await aws.invocation(FunctionName, Payload as object);
      if (!failed) return { StatusCode: 200, ExecutedVersion: "1", Payload: JSON.parse(text) };
      const Failed = z.object({ errorType: z.string().default("Unknown") });
      throw new TaskError(Failed.parse(JSON.parse(text)).errorType, text);
    }
    case "events:putEvents": {
      const { Entries } = PutEvents.parse(task.arguments);
      const entries = Entries.map((entry) => ({
        ...entry,
        Detail: JSON.stringify(entry.Detail),
        Resources: [...entry.Resources, task.executionArn],
      }));
      const Answer = z.looseObject({ FailedEntryCount: z.literal(0) });
      return aws.call("events", "PutEvents", { Entries: entries }, Answer);
    }
    default:
      throw new TaskError("States.Runtime", `No task of the kit's calls ${integration}.`);
  }
}

const NEWS: ReadonlySet<HistoryEvent["type"]> = new Set([
  "ExecutionStarted",
  "ExecutionRedriven",
  "ExecutionSucceeded",
  "ExecutionFailed",
  "ExecutionTimedOut",
  "ExecutionAborted",
]);

/** From the bus on all is deployed: the rule, its filter, the function behind it. */
function tellOf(engine: Engine, aws: Aws): { stop(): Promise<void> } {
  let told: Promise<void> = Promise.resolve();
  const unsubscribe = engine.subscribe(({ executionArn, event }) => {
    if (!NEWS.has(event.type)) return;
    told = told.then(async () => {
      const found = await engine.describeExecution({ executionArn });
      const { startDate, stopDate = null, output = null, error = null, cause = null } = found;
      await aws.putEvent("default", "aws.states", "Step Functions Execution Status Change", {
        ...{ ...found, output, error, cause },
        startDate: startDate.getTime(),
        stopDate: stopDate === null ? null : stopDate.getTime(),
      });
    });
    // Whoever stops hears of it.
    told.catch(() => undefined);
  });
  return {
    async stop() {
      unsubscribe();
      await told;
    },
  };
}
