/** What a handler is given beside its input. */
import type { ArtifactHandle } from "./artifact-handle.ts";
import type { RunIdentity, StepCall } from "./call.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ArtifactRef } from "./ports.ts";

export interface StepContext {
  /** One JSON line a call, with run, step and attempt; what schemas class as sensitive is masked. */
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly artifacts: StepArtifacts;
  /**
   * The same for every attempt of this step in this run (and iteration), different for any other.
   * Hand it to services that take an idempotency key.
   */
  readonly idempotencyKey: string;
  /** The run's resolved configuration: `$config`. */
  readonly config: JsonObject;
  /**
   * In a tool: what its agent was given (`with`), all of it, which no model has chosen. A tool that
   * acts on one case only takes the case from here, not from its arguments. Null in a step.
   */
  readonly given: Json;
  readonly run: RunIdentity;
  readonly step: StepCall["step"];
  /** Aborts shortly before the step's time is up. */
  readonly signal: AbortSignal;
  /** A file of the bundle, by its path in the bundle: `policy/licences.yaml`. */
  file(path: string): BundleFile;
}

/** Levels as CloudWatch's JSON log format names them. `data` becomes fields of the line. */
export interface Logger {
  debug(message: string, data?: LogData): void;
  info(message: string, data?: LogData): void;
  warn(message: string, data?: LogData): void;
  error(message: string, data?: LogData): void;
}

/** Further fields of a line; an `Error` among them is written with name, message and stack. */
export interface LogData {
  readonly [field: string]: unknown;
}

/** Units of CloudWatch metrics that steps need. */
export type MetricUnit = "Count" | "Milliseconds" | "Seconds" | "Bytes" | "Percent" | "None";

export interface Metrics {
  /** Adds to a metric; several values of one name are kept apart. Written once, when the step ends. */
  add(name: string, value: number, unit?: MetricUnit): void;
}

export interface StepArtifacts {
  /** Stores a document; strings as UTF-8. Storing the same bytes again changes nothing. */
  put(
    body: string | Uint8Array | AsyncIterable<Uint8Array>,
    info: { readonly mediaType: string; readonly name?: string },
  ): Promise<ArtifactRef>;
  /** Opens a stored document. */
  open(reference: ArtifactRef): ArtifactHandle;
}

/** A file that the bundle brings along. All throw `StepError` `Step.Failed` if there is none. */
export interface BundleFile {
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  json(): Promise<unknown>;
}
