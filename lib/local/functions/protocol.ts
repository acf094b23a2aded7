/** What a host and its workers tell each other. */
import type { Effect } from "../../runtime/effect.ts";
import type { LogLevel } from "../../runtime/log.ts";

/** What a worker is given when it starts. */
export interface WorkerStart {
  readonly name: string;
  readonly file: string;
  readonly effect: Effect;
  /** MiB. */
  readonly memory: number;
  /** The folder of the bundle's files. */
  readonly files: string;
  /** The folder of the ports. */
  readonly ports: string;
  readonly logLevel: LogLevel;
}

export interface Invocation {
  /** Lambda's request id. */
  readonly id: string;
  readonly payload: unknown;
  /** Unix milliseconds at which the worker is ended. */
  readonly deadline: number;
  /** Ids of the invocations that are under way in this host: whoever else began an effect is gone. */
  readonly alive: readonly string[];
}

/** As Lambda's runtime for Node reports it. */
export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type WorkerMessage =
  /** The module is loaded (or has failed to). */
  | { readonly type: "ready"; readonly error: LambdaError | undefined }
  /** JSON text. */
  | { readonly type: "result"; readonly text: string }
  /** `fatal`: the worker is not to be used again. */
  | { readonly type: "failed"; readonly error: LambdaError; readonly fatal: boolean }
  | { readonly type: "line"; readonly text: string };
