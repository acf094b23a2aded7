/** An engine in memory for tests: time jumps to whatever is waited for. */
import {
  type DescribeExecution,
  Engine,
  type EngineClock,
  type HistoryEvent,
  type TaskInvoker,
  VirtualClock,
} from "../../lib/engine/index.ts";

export interface Ran {
  readonly engine: Engine;
  readonly end: DescribeExecution;
  readonly output: unknown;
  readonly events: readonly HistoryEvent[];
  /** The types of the events, with the ids that they follow. */
  readonly chain: readonly string[];
}

export const echo: TaskInvoker = async (task) => task.arguments;

export async function engineOf(
  invoke: TaskInvoker = echo,
  clock: EngineClock = new VirtualClock({ auto: true }),
) {
  return Engine.open({ invoke, clock });
}

/** Runs a machine to its end. JSONata unless the definition says otherwise. */
export async function run(
  definition: object,
  options: { input?: unknown; invoke?: TaskInvoker; clock?: EngineClock; type?: "EXPRESS" } = {},
): Promise<Ran> {
  const engine = await engineOf(options.invoke, options.clock);
  const { stateMachineArn } = await engine.createStateMachine({
    name: "machine",
    definition: { QueryLanguage: "JSONata", ...definition },
  });
  const { executionArn } = await engine.startExecution({
    stateMachineArn,
    input: JSON.stringify(options.input === undefined ? {} : options.input),
  });
  const end = await engine.waitForEnd(executionArn);
  return {
    engine,
    end,
    ...(await seen(engine, executionArn)),
    output: end.output === undefined ? undefined : JSON.parse(end.output),
  };
}

export async function seen(engine: Engine, executionArn: string) {
  const { events } = await engine.getExecutionHistory({ executionArn, maxResults: 1000 });
  return {
    events,
    chain: events.map(({ id, previousEventId, type }) => `${id}<${previousEventId} ${type}`),
  };
}

/** A machine of one state. */
export function only(state: object): object {
  return { StartAt: "S", States: { S: { End: true, ...state } } };
}
