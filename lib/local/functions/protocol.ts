/** What a host and its workers tell each other. */
import type { Effect } from "../../runtime/effect.ts";
import type { LogLevel } from "../../runtime/log.ts";
import type { ModelSettings } from "../../runtime/model/model.ts";
import type { FunctionWork } from "./hosted-function.ts";

/** What a worker is given when it starts. */
export interface WorkerStart<Work extends FunctionWork = FunctionWork> {
  readonly name: string;
  readonly work: Work;
  readonly effect: Effect;
  /** MiB. */
  readonly memory: number;
  /** The folder of the bundle's files. */
  readonly files: string;
  /** The folder of its components' files, or null. */
  readonly components: string | null;
  /** The folder of the ports. */
  readonly ports: string;
  readonly logLevel: LogLevel;
  /** Who answers in the place of models; null for functions that ask none. */
  readonly models: {
    readonly settings: ModelSettings;
    /** A compiled module that exports `bedrockModel`; null where Bedrock is not asked. */
    readonly bedrock: string | null;
  } | null;
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

export type HostMessage =
  | ({ readonly type: "invoke" } & Invocation)
  /** What came of a call that the worker has asked for; `text` is JSON. */
  | { readonly type: "returned"; readonly call: number; readonly text: string }
  | { readonly type: "threw"; readonly call: number; readonly error: LambdaError };

export type WorkerMessage =
  /** The module is loaded (or has failed to). */
  | { readonly type: "ready"; readonly error: LambdaError | undefined }
  /** JSON text. */
  | { readonly type: "result"; readonly text: string }
  /** `fatal`: the worker is not to be used again. */
  | { readonly type: "failed"; readonly error: LambdaError; readonly fatal: boolean }
  | { readonly type: "line"; readonly text: string }
  /** Asks the host to call another function; `call` is the worker's own number for it. */
  | {
      readonly type: "call";
      readonly call: number;
      readonly function: string;
      readonly payload: unknown;
    }
  /** Nobody waits for that call any more. */
  | { readonly type: "abandon"; readonly call: number };
