/** Structured log lines and metrics of one call of a step: one JSON object a line. */
import type { StepCall } from "./call.ts";
import type { LogData, Logger, Metrics, MetricUnit } from "./context.ts";
import { metricLine } from "./embedded-metric.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Redactor } from "./redaction.ts";

export const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly call: Pick<StepCall, "run" | "step">;
  /** Lines below it are not written. */
  readonly level: LogLevel;
  /** Takes one line, without its end. */
  readonly write: (line: string) => void;
  readonly now: () => Date;
  /** Asked at each line: what is sensitive becomes known while the step runs. */
  readonly redactor: () => Redactor;
}

/**
 * Field names are those of Powertools for AWS (`level`, `message`, `timestamp`, `service`), so that
 * queries written for one work for the other; what the caller adds stands under `data`.
 */
export function makeLogger({ call, level, write, now, redactor }: LogOptions): Logger {
  const threshold = LOG_LEVELS.indexOf(level);
  const at = (own: LogLevel) => (message: string, data?: LogData) => {
    if (LOG_LEVELS.indexOf(own) < threshold) return;
    const mask = redactor();
    write(
      JSON.stringify({
        level: own,
        message: mask.text(String(message)),
        timestamp: now().toISOString(),
        service: call.run.workflow,
        ...identity(call),
        ...(data !== undefined && { data: mask.value(data) }),
      }),
    );
  };
  return { debug: at("DEBUG"), info: at("INFO"), warn: at("WARN"), error: at("ERROR") };
}

/** What every line says of its origin. */
function identity({ run, step }: LogOptions["call"]): JsonObject {
  return {
    run_id: run.id,
    step: step.id,
    ...(step.iteration !== "" && { iteration: step.iteration }),
    attempt: step.attempt,
  };
}

/** CloudWatch reads at most 100 metrics from a line, and at most 100 values of each. */
const MAX_METRICS = 100;
const MAX_VALUES = 100;

/** Collects metrics; `flush` writes them in the Embedded Metric Format, by workflow and step. */
export function makeMetrics({
  call,
  write,
  now,
}: Pick<LogOptions, "call" | "write" | "now">): Metrics & { flush(): void } {
  const collected = new Map<string, { unit: MetricUnit; values: number[] }>();
  return {
    add(name, value, unit = "Count") {
      if (name === "" || name.length > 255) {
        throw new RangeError(`A metric's name has 1 to 255 characters, found ${name.length}.`);
      }
      if (!Number.isFinite(value))
        throw new RangeError(`Metric "${name}" must be finite: ${value}.`);
      const metric = collected.get(name) ?? { unit, values: [] };
      if (metric.unit !== unit) {
        throw new TypeError(`Metric "${name}" was added in ${metric.unit}, and now in ${unit}.`);
      }
      metric.values.push(value);
      collected.set(name, metric);
    },
    flush() {
      for (const metrics of linesOf(collected)) write(embed(metrics, call, now()));
      collected.clear();
    },
  };
}

interface Metric {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly values: readonly number[];
}

function linesOf(collected: ReadonlyMap<string, Omit<Metric, "name">>): Metric[][] {
  const rounds: Metric[][] = [];
  for (const [name, { unit, values }] of collected) {
    for (let start = 0, round = 0; start < values.length; start += MAX_VALUES, round++) {
      rounds[round] ??= [];
      rounds[round]?.push({ name, unit, values: values.slice(start, start + MAX_VALUES) });
    }
  }
  return rounds.flatMap((metrics) =>
    Array.from({ length: Math.ceil(metrics.length / MAX_METRICS) }, (_, index) =>
      metrics.slice(index * MAX_METRICS, (index + 1) * MAX_METRICS),
    ),
  );
}

function embed(metrics: readonly Metric[], call: LogOptions["call"], at: Date): string {
  const values = metrics.map(({ name, values: [first, ...rest] }): [string, Json] => [
    name,
    rest.length === 0 ? (first ?? 0) : [first ?? 0, ...rest],
  ]);
  return metricLine({
    dimensions: ["workflow", "step"],
    metrics,
    // The values first, so that a metric of the same name cannot replace what the line says of its origin.
    fields: { ...Object.fromEntries(values), workflow: call.run.workflow, ...identity(call) },
    at,
  });
}
