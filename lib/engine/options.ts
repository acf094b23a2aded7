import type { EngineClock } from "./clock.ts";
import type { Definitions } from "./definitions.ts";
import type { HistoryEvent } from "./events.ts";
import type { TaskInvoker } from "./task-call.ts";

export interface EngineOptions {
  /** Where everything is kept; absent: in memory only. */
  readonly directory?: string | undefined;
  /** Default: the machine's clock. */
  readonly clock?: EngineClock | undefined;
  /** For ARNs and histories; default `us-east-1` and `000000000000`. */
  readonly region?: string | undefined;
  readonly account?: string | undefined;
  /** Shared with other engines, so that each definition is checked and compiled once. */
  readonly definitions?: Definitions | undefined;
  /** Runs every task that the engine does not run itself (nested executions). */
  readonly invoke: TaskInvoker;
}

export interface StartExecution {
  readonly stateMachineArn: string;
  readonly name?: string | undefined;
  /** JSON text; default `{}`. */
  readonly input?: string | undefined;
}

export type Listener = (notice: {
  readonly executionArn: string;
  readonly event: HistoryEvent;
}) => void;
