/**
 * An effect happens once, however often Step Functions or Lambda call the step. The record of it is
 * written with conditions only:
 *
 *     (nothing) ──begin──▶ started ──complete──▶ completed
 *         ▲                  │  ▲
 *         └──── release ─────┘  └─ take over: the lease has run out, or its holder is known to be gone
 *
 * `started` holds a lease until its attempt's time is up. A crash between the effect and `complete`
 * leaves it behind; the next attempt takes it over and runs the handler again with the same
 * idempotency key, which is what makes the repetition harmless where the called service knows keys.
 *
 * | question           | where                   |
 * | ------------------ | ----------------------- |
 * | effect of one step | key `effect#KEY` / `effect` |
 */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { StepCall } from "./call.ts";
import { ConditionFailed, StepError } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Clock, RecordItem, Records } from "./ports.ts";

export interface EffectOptions {
  /** Idempotency key of the step. */
  readonly key: string;
  readonly call: StepCall;
  /** When this attempt is ended at the latest. */
  readonly deadline: Date;
  readonly signal: AbortSignal;
  /** Names this attempt; default: a random one. */
  readonly holder?: string;
  /** Says of another attempt, by its `holder`, that it is over. Default: never known. */
  readonly isGone?: (holder: string) => boolean;
  /**
   * Whether the handler may run again under the same idempotency key after an attempt that began and
   * never ended. Default true.
   */
  readonly repeatable?: boolean;
  /** How long to wait for an attempt that is under way, in milliseconds. Default 5000. */
  readonly patience?: number;
}

/** A year for the longest execution, and two weeks in which it may be redriven. */
const KEEP_SECONDS = 380 * 86_400;
const POLL_MS = 100;

interface Effect {
  readonly state: "started" | "completed";
  readonly holder: string;
  /** Unix milliseconds. */
  readonly leaseUntil: number;
  /** Digest of the step's input. */
  readonly input: string;
  readonly output: Json;
}

interface Held {
  readonly effect: Effect;
  readonly version: number;
}

/**
 * Runs `perform` unless it has been completed before; returns its result, now or then. Throws what it
 * throws (the step may then be tried again), `Step.InProgress` if another attempt is at it for longer
 * than `patience`, and `Step.Failed` if it was completed for another input.
 */
export async function performOnce(
  options: EffectOptions,
  { records, clock }: { readonly records: Records; readonly clock: Clock },
  perform: () => Promise<Json>,
): Promise<Json> {
  const store = makeStore(options, records, clock);
  const begun = await begin(options, store, clock);
  if ("output" in begun) return begun.output;
  let output: Json;
  try {
    output = await perform();
  } catch (error) {
    // If the release fails too, the lease runs out; what matters is why the step failed.
    await store.release(begun.version).catch(() => undefined);
    throw error;
  }
  return complete(output, begun, options, store);
}

type Begun = { readonly version: number; readonly started: Effect } | { readonly output: Json };

async function begin(options: EffectOptions, store: Store, clock: Clock): Promise<Begun> {
  const started: Effect = {
    state: "started",
    holder: options.holder ?? randomUUID(),
    leaseUntil: options.deadline.getTime(),
    input: digestOf(options.call.input),
    output: null,
  };
  const giveUpAt = performance.now() + (options.patience ?? 5000);
  let standing: Held | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      return { version: await store.write(started, standing?.version), started };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
    standing = await waitFor(options, store, clock, giveUpAt);
    if (standing?.effect.state === "completed") return { output: outputOf(standing, started) };
    if (standing && options.repeatable === false) throw outcomeUnknown(options.call);
  }
}

function outcomeUnknown({ step }: StepCall): StepError {
  return new StepError(
    "Tool.OutcomeUnknown",
    `An attempt of "${step.id}" began and never ended. Whether it had its effect is not known, and it ` +
      "is not one that may be repeated: somebody has to look.",
  );
}

/** Waits until the effect can be taken over (what stands there, or nothing) or has been completed. */
async function waitFor(
  { call, isGone, signal }: EffectOptions,
  store: Store,
  clock: Clock,
  giveUpAt: number,
): Promise<Held | undefined> {
  for (;;) {
    const standing = await store.read();
    if (!standing || standing.effect.state === "completed") return standing;
    const { holder, leaseUntil } = standing.effect;
    if (leaseUntil <= clock.now().getTime() || isGone?.(holder)) return standing;
    if (performance.now() >= giveUpAt) {
      throw new StepError(
        "Step.InProgress",
        `Another attempt of step "${call.step.id}" is under way and may run until ` +
          `${new Date(leaseUntil).toISOString()}. Retry after that.`,
      );
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function complete(
  output: Json,
  { version, started }: Extract<Begun, { version: number }>,
  { call }: EffectOptions,
  store: Store,
): Promise<Json> {
  try {
    await store.write({ ...started, state: "completed", output }, version);
    return output;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  // This attempt has overrun its lease and was taken over. The run sees one result: the recorded one.
  const standing = await store.read();
  if (standing?.effect.state === "completed") return outputOf(standing, started);
  throw new StepError(
    "Step.InProgress",
    `Step "${call.step.id}" has overrun its time and was taken over by another attempt.`,
  );
}

function outputOf({ effect }: Held, { input }: Effect): Json {
  if (effect.input === input) return effect.output;
  throw new StepError(
    "Step.Failed",
    "This step has already had its effect in this run, for another input. It is not repeated; " +
      "start a new run to have it happen for the new input.",
  );
}

function digestOf(input: Json): string {
  return createHash("sha256").update(JSON.stringify(input)).digest("hex");
}

interface Store {
  read(): Promise<Held | undefined>;
  /** Writes over the given version, or where nothing is. Returns the version written. */
  write(effect: Effect, over: number | undefined): Promise<number>;
  release(version: number): Promise<void>;
}

function makeStore({ key, call }: EffectOptions, records: Records, clock: Clock): Store {
  const recordKey = { partition: `effect#${key}`, sort: "effect" };
  return {
    async read() {
      const item = await records.get(recordKey);
      return item && { effect: effectOf(item), version: item.version };
    },
    async write(effect, over) {
      const { run, step } = call;
      const item = await records.put(
        {
          key: recordKey,
          // Run and step are for people who look into the table.
          data: { ...effect, run: run.id, step: step.id, iteration: step.iteration },
          expiresAt: Math.ceil(clock.now().getTime() / 1000) + KEEP_SECONDS,
        },
        over === undefined ? { absent: true } : { version: over },
      );
      return item.version;
    },
    release: (version) => records.delete(recordKey, { version }),
  };
}

/** Only this file writes these items. */
function effectOf({ data }: RecordItem): Effect {
  return data as JsonObject as unknown as Effect;
}
