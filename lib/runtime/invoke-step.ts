/** The wrapper around every handler: DESIGN §6. */
import { storedArtifact } from "./artifact-handle.ts";
import { bundleFile } from "./bundle-file.ts";
import type { StepCall } from "./call.ts";
import type { StepArtifacts, StepContext } from "./context.ts";
import { contractViolation } from "./contract-violation.ts";
import { type Effect, isEffectful } from "./effect.ts";
import { performOnce } from "./effect-once.ts";
import { StepError } from "./errors.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import type { Json } from "./json.ts";
import { type LogLevel, makeLogger, makeMetrics } from "./log.ts";
import type { Ports } from "./ports.ts";
import { makeRedactor, type Redactor } from "./redaction.ts";
import { repairedCall } from "./repair/repaired-call.ts";
import { readStepCall } from "./step-call.ts";
import type { StepDefinition } from "./step-definition.ts";
import { loadStoredValues, storeLargeValues } from "./stored-value.ts";
import { toStepError } from "./thrown-error.ts";
import { timeLimit } from "./time-limit.ts";

export interface InvokeOptions {
  /** `write`, `send` and `delete` happen once; `none` and `read` are simply run again. */
  readonly effect: Effect;
  /** When the function is ended hard. */
  readonly deadline: Date;
  /** Reads a file of the bundle; undefined if there is none. */
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>;
  /** Takes a line for the log, without its end. */
  readonly writeLine: (line: string) => void;
  /** Default INFO. */
  readonly logLevel?: LogLevel;
  /** Names this attempt in the record of an effect (Lambda: the request id). */
  readonly holder?: string;
  /** Knows of other attempts, by their `holder`, that they are over. */
  readonly isGone?: (holder: string) => boolean;
  /** False: an effect whose attempt died half way is not tried again. Default true. */
  readonly repeatable?: boolean;
  /** Milliseconds to wait for another attempt with the same effect. Default 5000. */
  readonly patience?: number;
}

export type StepPorts = Pick<Ports, "artifacts" | "records" | "clock">;

/**
 * Runs a step for one call of the state machine: input checked, handler run, output checked; effects
 * once; values over 200 KiB by reference. A step without effect and with small payloads makes no call
 * to any port. Throws errors whose `name` is what Step Functions retries and catches by.
 */
export async function invokeStep(
  definition: StepDefinition,
  payload: unknown,
  ports: StepPorts,
  options: InvokeOptions,
): Promise<Json> {
  const asked = readStepCall(payload);
  const { artifacts, clock } = ports;
  const limit = timeLimit(options.deadline, clock);
  const seen: Seen[] = [];
  const redactor = lazyRedactor(definition, seen);
  const output = { call: asked, write: options.writeLine, now: () => clock.now() };
  const logger = makeLogger({ ...output, level: options.logLevel ?? "INFO", redactor });
  const metrics = makeMetrics(output);
  const context: StepContext = {
    logger,
    metrics,
    artifacts: stepArtifacts(artifacts),
    idempotencyKey: idempotencyKeyOf(asked),
    config: asked.config,
    given: null,
    run: asked.run,
    step: asked.step,
    signal: limit.signal,
    file: (path) => bundleFile(path, options.readFile),
  };
  try {
    const repaired = await repairedCall(asked, isEffectful(options.effect), artifacts);
    if ("output" in repaired) return repaired.output;
    const { call } = repaired;
    const input = await loadStoredValues(call.input, artifacts);
    const given = call.given === undefined ? null : await loadStoredValues(call.given, artifacts);
    seen.push({ side: "input", value: input });
    const value = await check("input", definition, input, call, artifacts, redactor);
    const perform = async () => {
      const returned = await definition.run(value, { ...context, given });
      seen.push({ side: "output", value: returned });
      const result = await check("output", definition, returned, call, artifacts, redactor);
      return storeLargeValues(toJson(result, call), artifacts);
    };
    return isEffectful(options.effect)
      ? await performOnce(
          { ...options, key: context.idempotencyKey, call, signal: limit.signal },
          ports,
          perform,
        )
      : await perform();
  } catch (thrown) {
    const error = toStepError(thrown, limit.signal, redactor());
    const details = error instanceof StepError ? error.details : undefined;
    logger.error(error.message, { error: error.name, stack: error.stack, details });
    throw error;
  } finally {
    metrics.flush();
    limit.clear();
  }
}

interface Seen {
  readonly side: "input" | "output";
  readonly value: unknown;
}

/** Made when the first line is written, and again once more values are known. */
function lazyRedactor(definition: StepDefinition, seen: readonly Seen[]): () => Redactor {
  let made: { readonly of: number; readonly redactor: Redactor } | undefined;
  return () => {
    if (made?.of !== seen.length) {
      made = { of: seen.length, redactor: makeRedactor(definition.contract(), seen) };
    }
    return made.redactor;
  };
}

async function check(
  side: "input" | "output",
  definition: StepDefinition,
  value: unknown,
  call: StepCall,
  artifacts: Ports["artifacts"],
  redactor: () => Redactor,
): Promise<unknown> {
  const parsed = await (side === "input"
    ? definition.parseInput(value, artifacts)
    : definition.parseOutput(value, artifacts));
  if (parsed.ok) return parsed.value;
  throw contractViolation(side, call.step.id, parsed.issues, value, redactor());
}

/** Dates and artifacts say themselves what they are as JSON; nothing at all is null. */
function toJson(value: unknown, { step }: StepCall): Json {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? null : (JSON.parse(text) as Json);
  } catch (error) {
    throw new StepError(
      "Contract.OutputInvalid",
      `Step "${step.id}" has returned what cannot be written as JSON (a cycle, or a BigInt).`,
      undefined,
      { cause: error },
    );
  }
}

function stepArtifacts(artifacts: Ports["artifacts"]): StepArtifacts {
  return {
    put: (body, info) =>
      artifacts.put(typeof body === "string" ? new TextEncoder().encode(body) : body, info),
    open: (reference) => storedArtifact(reference, artifacts),
  };
}
