/** What a task of a state machine reaches on one machine: functions, approvals, the event log. */
import { z } from "zod";
import { type TaskCall, TaskError, type TaskInvoker } from "../../engine/index.ts";
import { callApprovalFunction } from "../../runtime/approval/approval-function.ts";
import { closeAbandoned } from "../../runtime/approval/find-approvals.ts";
import type { ApprovalPorts } from "../../runtime/approval/request-approval.ts";
import type { ApprovalCall, ScheduleCall } from "../../runtime/call.ts";
import type { Json } from "../../runtime/json.ts";
import type { EventLog } from "./event-log.ts";
import { APPROVAL_FUNCTION } from "./placeholders.ts";
import { putEvents } from "./put-events.ts";
import { JsonValue } from "./wire.ts";

export interface Functions {
  /**
   * Runs the function that a name, a partial or a whole ARN means; rejects with `TaskError`, as Lambda
   * would report it, also where there is no such function.
   */
  invoke(name: string, payload: Json, task: TaskCall): Promise<FunctionAnswer>;
}

export interface FunctionAnswer {
  readonly payload: Json;
  readonly version: string;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const InvokeArguments = z.object({
  FunctionName: z.string(),
  Qualifier: z.string().optional(),
  InvocationType: z.enum(["RequestResponse", "Event", "DryRun"]).optional(),
  Payload: JsonValue.optional(),
});

const StepShape = z.object({ id: z.string(), iteration: z.string(), attempt: z.number() });

const ScheduleArguments = z.object({
  operation: z.literal("schedule"),
  run: z.custom<ApprovalCall["run"]>(isObject),
  step: StepShape,
  policy: JsonValue,
}) satisfies z.ZodType<ScheduleCall>;

const ApprovalArguments = z.object({
  run: z.custom<ApprovalCall["run"]>(isObject),
  step: StepShape,
  token: z.string().min(1),
  required: z.boolean(),
  policy: JsonValue,
  evidence: JsonValue,
  repair: z.custom<NonNullable<ApprovalCall["repair"]>>(isObject).nullable().optional(),
  key: z.string().optional(),
  stage: z.int().min(0).optional(),
  seconds: z.int().min(0).nullable().optional(),
  deadline: z.string().nullable().optional(),
  begins: z.string().optional(),
  verdict: z.literal("rejected").nullable().optional(),
  classes: z.record(z.string(), z.string()).optional(),
}) satisfies z.ZodType<ApprovalCall>;

export interface LocalTasks {
  readonly invoke: TaskInvoker;
  /** Resolves once nothing that was invoked is still at work. */
  settled(): Promise<void>;
}

export function localTasks(world: {
  readonly functions: Functions;
  readonly ports: ApprovalPorts;
  readonly events: EventLog;
}): LocalTasks {
  const perform = taskInvoker(world);
  const working = new Set<Promise<unknown>>();
  return {
    invoke(task) {
      const work = perform(task);
      const end: Promise<unknown> = work.catch(() => undefined).finally(() => working.delete(end));
      working.add(end);
      return work;
    },
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}

function taskInvoker(world: Parameters<typeof localTasks>[0]): TaskInvoker {
  const call = async (task: TaskCall): Promise<Json> => {
    const asked = read(InvokeArguments, task);
    const payload = asked.Payload === undefined ? {} : asked.Payload;
    if (asked.FunctionName === APPROVAL_FUNCTION) {
      const asked = read(z.union([ScheduleArguments, ApprovalArguments]), task, payload);
      const answer = await callApprovalFunction(asked, world.ports);
      if ("schedule" in answer)
        return answered(JSON.parse(JSON.stringify(answer.schedule)) as Json);
      // Stopped while it was being stored: whoever closes the run's approvals may have come too early.
      // Where the runtime itself is closing, the task goes on waiting when it is opened again.
      if (task.signal.aborted) await closeAbandoned(answer.approval.run.id, world.ports);
      return answered(null);
    }
    const name =
      asked.Qualifier === undefined
        ? asked.FunctionName
        : `${asked.FunctionName}:${asked.Qualifier}`;
    const answer = await world.functions.invoke(name, payload, task);
    return { ExecutedVersion: answer.version, Payload: answer.payload, StatusCode: 200 };
  };
  return async (task) => {
    if (/^arn:[^:]+:lambda:/.test(task.resource)) {
      return (await world.functions.invoke(task.resource, task.arguments as Json, task)).payload;
    }
    switch (task.resource.replace(/^arn:[^:]+:states:[^:]*:[^:]*:/, "")) {
      case "lambda:invoke":
      case "lambda:invoke.waitForTaskToken":
        return call(task);
      case "events:putEvents":
        return putEvents(task, world.events, world.ports.clock);
      default:
        throw new TaskError(
          "States.Runtime",
          `The local runtime cannot call the resource '${task.resource}' of the state '${task.stateName}'. It calls lambda:invoke, lambda:invoke.waitForTaskToken, events:putEvents and states:startExecution.`,
        );
    }
  };
}

/** Arguments that the integration does not accept fail the task, as they would on AWS. */
function read<T>(shape: z.ZodType<T>, task: TaskCall, value: unknown = task.arguments): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TaskError(
    "States.Runtime",
    `The arguments of the state '${task.stateName}' do not fit '${task.resource}': ${z.prettifyError(parsed.error)}`,
  );
}

function answered(Payload: Json): Json {
  return { ExecutedVersion: "$LATEST", Payload, StatusCode: 200 };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
