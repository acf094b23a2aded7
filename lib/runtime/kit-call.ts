/** Around the kit's own functions (agent, model, memory, …) what `invokeStep` is around a handler. */
import type { StepCall } from "./call.ts";
import type { Logger, Metrics } from "./context.ts";
import { FAILURES } from "./deployed.ts";
import { metricLine } from "./embedded-metric.ts";
import { StepError } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import { type LogLevel, makeLogger, makeMetrics } from "./log.ts";
import type { Artifacts, Clock } from "./ports.ts";
import { makeRedactor } from "./redaction.ts";
import { repairedCall } from "./repair/repaired-call.ts";
import { readStepCall } from "./step-call.ts";
import { toStepError } from "./thrown-error.ts";
import { timeLimit } from "./time-limit.ts";

export interface KitCallOptions {
  /** When the function is ended hard. */
  readonly deadline: Date;
  /** Takes a line for the log, without its end. */
  readonly writeLine: (line: string) => void;
  readonly clock: Clock;
  /** Where a run finds what it goes on from. */
  readonly artifacts: Pick<Artifacts, "open">;
  /** Whether the function may change the world. Default false. */
  readonly hasEffect?: boolean;
  /** Default INFO. */
  readonly logLevel?: LogLevel;
  /** What the call carries, as a schema: fields that it classes are masked in the log. */
  readonly input?: JsonObject | true;
}

export interface KitCallWorld {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborts shortly before the deadline. */
  readonly signal: AbortSignal;
}

/**
 * Reads the call, performs it with a log, metrics and a limit of time, and throws errors whose `name`
 * is what Step Functions retries and catches by. Throws `Contract.InputInvalid` for a payload that is
 * no call.
 */
export async function withKitCall<Call extends StepCall, T>(
  payload: unknown,
  { deadline, writeLine, clock, artifacts, ...options }: KitCallOptions,
  perform: (call: Call, world: KitCallWorld) => Promise<T>,
): Promise<T | Json> {
  const { hasEffect = false, logLevel = "INFO", input = true } = options;
  // What a call has beside the envelope is the compiled machine's, and trusted.
  const call = readStepCall(payload) as Call;
  const redactor = makeRedactor({ input: input === true ? {} : input, output: {} }, [
    { side: "input", value: call.input },
  ]);
  const output = { call, write: writeLine, now: () => clock.now() };
  const logger = makeLogger({ ...output, level: logLevel, redactor: () => redactor });
  const metrics = makeMetrics(output);
  const limit = timeLimit(deadline, clock);
  try {
    const repaired = await repairedCall(call, hasEffect, artifacts);
    if ("output" in repaired) return repaired.output;
    return await perform(repaired.call, { logger, metrics, signal: limit.signal });
  } catch (thrown) {
    const error = toStepError(thrown, limit.signal, redactor);
    const details = error instanceof StepError ? error.details : undefined;
    logger.error(error.message, { error: error.name, stack: error.stack, details });
    writeLine(failureLine(error.name, call, clock.now()));
    throw error;
  } finally {
    metrics.flush();
    limit.clear();
  }
}

/** Counts failures of models and agents by name; alarms look at some of them. */
function failureLine(error: string, { run, step }: StepCall, at: Date): string {
  return metricLine({
    dimensions: [...FAILURES.dimensions],
    metrics: [{ name: FAILURES.metric, unit: "Count" }],
    fields: {
      [FAILURES.metric]: 1,
      environment: run.environment,
      error,
      workflow: run.workflow,
      run_id: run.id,
      step: step.id,
    },
    at,
  });
}
