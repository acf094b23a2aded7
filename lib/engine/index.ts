/** A durable interpreter of the Amazon States Language: the engine's one entry. */
export { type EngineClock, SystemClock, VirtualClock } from "./clock.ts";
export { Definitions } from "./definitions.ts";
export { Engine, type StartedExecution } from "./engine.ts";
export { EngineError, StorageError, TaskError } from "./errors.ts";
export type { HistoryEvent } from "./events.ts";
export type { ExecutionStatus } from "./execution.ts";
export type { Json, JsonObject } from "./json.ts";
export type { CreateStateMachine, MachineType } from "./machines.ts";
export type { EngineOptions, Listener, StartExecution } from "./options.ts";
export type {
  DescribeExecution,
  DescribeStateMachine,
  ExecutionListItem,
  StateMachineListItem,
} from "./queries.ts";
export { TaskCall, type TaskInvoker } from "./task-call.ts";
export { checkDefinition, type Problem } from "./validate.ts";
