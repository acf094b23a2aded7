/** The engine in the words of the runtime: its errors, its tokens, its history. */
import { type Engine, EngineError, type HistoryEvent } from "../../engine/index.ts";
import type { RunEvent } from "../../runtime/control.ts";
import { RequestError, TokenGone } from "../../runtime/errors.ts";
import type { Tokens } from "../../runtime/ports.ts";
import { runEvent } from "../../runtime/run-event.ts";

export function isEngineError(error: unknown, ...names: readonly string[]): error is EngineError {
  return error instanceof EngineError && names.includes(error.name);
}

/** The port `Tokens` on the engine. */
export function engineTokens(engine: () => Engine): Tokens {
  const answer = async (call: Promise<unknown>): Promise<void> => {
    try {
      await call;
    } catch (error) {
      if (isEngineError(error, "TaskTimedOut", "InvalidToken")) throw new TokenGone(error.message);
      throw error;
    }
  };
  return {
    succeed: (taskToken, output) =>
      answer(engine().sendTaskSuccess({ taskToken, output: JSON.stringify(output) })),
    fail: (taskToken, error, cause) =>
      answer(engine().sendTaskFailure({ taskToken, error, cause })),
    heartbeat: (taskToken) => answer(engine().sendTaskHeartbeat({ taskToken })),
  };
}

/** All events of an execution so far. */
export async function readHistory(engine: Engine, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await engine.getExecutionHistory({ executionArn, maxResults: 1000, nextToken });
    events.push(...page.events);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/**
 * Events after `after`, in order. With `follow`, goes on until the execution has ended, or a signal
 * aborts.
 */
export async function* followHistory(
  engine: Engine,
  executionArn: string,
  options: { readonly after: number; readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<RunEvent> {
  const arrived: HistoryEvent[] = [];
  let wake = (): void => undefined;
  // Subscribed before the first look, so that nothing falls between the two.
  const unsubscribe = engine.subscribe((notice) => {
    if (notice.executionArn !== executionArn) return;
    arrived.push(notice.event);
    wake();
  });
  const onAbort = (): void => wake();
  options.signal.addEventListener("abort", onAbort);
  try {
    let last = options.after;
    let events: readonly HistoryEvent[] = await readHistory(engine, executionArn);
    for (;;) {
      for (const event of events) {
        if (options.signal.aborted) return;
        if (event.id <= last) continue;
        last = event.id;
        yield runEvent(event);
      }
      events = arrived.splice(0);
      if (events.length > 0) continue;
      if (!options.follow || options.signal.aborted) return;
      const { status } = await engine.describeExecution({ executionArn });
      if (status !== "RUNNING" && arrived.length === 0) return;
      if (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (arrived.length > 0 || options.signal.aborted) resolve();
        });
      }
    }
  } finally {
    unsubscribe();
    options.signal.removeEventListener("abort", onAbort);
  }
}

/** What a person did wrong, in the runtime's words; other errors as they are. */
export function requestError(error: unknown, run: string): unknown {
  if (!(error instanceof EngineError)) return error;
  switch (error.name) {
    case "InvalidName":
      return new RequestError(
        "NameInvalid",
        `"${run}" is no name for a run.`,
        "Use 1 to 80 letters, digits, dashes and underscores.",
      );
    case "InvalidExecutionInput":
      return new RequestError(
        "InputInvalid",
        `The input of a run may have 256 KiB. ${error.message}`,
        "Store what is large as an artifact, and pass the reference.",
      );
    case "ExecutionNotRedrivable":
      return new RequestError(
        "RunNotRedrivable",
        `The run "${run}" cannot be redriven: ${error.message}.`,
      );
    case "ExecutionDoesNotExist":
      return new RequestError(
        "RunNotFound",
        `There is no run "${run}".`,
        "`espalier runs` lists them.",
      );
    default:
      return error;
  }
}
