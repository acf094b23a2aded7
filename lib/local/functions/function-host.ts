/**
 * Runs functions as Lambda does, in worker threads of this process: each worker holds one function,
 * with its own memory limit and environment, takes one invocation at a time and stays warm; at its
 * timeout it is ended, whatever it is doing.
 */
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { TaskError } from "../../engine/index.ts";
import type { Json } from "../../runtime/json.ts";
import type { LogLevel } from "../../runtime/log.ts";
import { functionEnvironment, keyVariables } from "./function-environment.ts";
import { FunctionFailure } from "./function-failure.ts";
import { FunctionPool } from "./function-pool.ts";
import { FunctionWorker } from "./function-worker.ts";
import { asksModel, type HostedFunction } from "./hosted-function.ts";
import type { ModelHosting } from "./model-hosting.ts";
import type { CallFunction } from "./outgoing-calls.ts";
import { WorkerCode, type WorkerFiles } from "./worker-code.ts";

export interface FunctionHostOptions {
  /** The folder that `openPorts` opens in each worker. */
  readonly ports: string;
  /** The data folder, which functions find in `ESPALIER_DATA`. Default: none is named. */
  readonly data?: string;
  /** Takes what functions log and print, line by line. */
  readonly onLine?: (line: { readonly function: string; readonly text: string }) => void;
  /** Variables of the host's environment that functions may see, beside the harmless ones. */
  readonly environment?: readonly string[];
  /** Default INFO. */
  readonly logLevel?: LogLevel;
  /** Workers of one function at most. Default 4. */
  readonly workersPerFunction?: number;
  /** Warm workers of all functions, above which idle ones are ended. Default 24 (23 MB each). */
  readonly workers?: number;
  /** Default 5 minutes. */
  readonly idleMs?: number;
  /** Who answers in the place of models. Default: the stand-ins of bundles. */
  readonly models?: ModelHosting;
}

export class FunctionHost {
  readonly #options: FunctionHostOptions;
  readonly #code: WorkerCode;
  readonly #pools = new Map<string, FunctionPool>();
  /** The ids of invocations under way, and to which pool each belongs. */
  readonly #running = new Map<string, string>();
  #isClosed = false;

  constructor(options: FunctionHostOptions) {
    this.#options = options;
    this.#code = new WorkerCode(options.models);
  }

  /**
   * Runs the function on one event. Rejects with `TaskError`, its cause being JSON in Lambda's form
   * (`errorType`, `errorMessage`, `trace`); with the signal's reason if that aborts, which ends the
   * worker.
   */
  async invoke(hosted: HostedFunction, payload: Json, signal = NEVER): Promise<Json> {
    try {
      return await this.#perform(hosted, payload, signal);
    } catch (error) {
      if (!(error instanceof FunctionFailure)) throw error;
      throw new TaskError(error.error.errorType, JSON.stringify(error.error));
    }
  }

  async #perform(hosted: HostedFunction, payload: Json, signal: AbortSignal): Promise<Json> {
    const files = await this.#code.filesFor(hosted.work);
    if (this.#isClosed) throw closed();
    const { key, pool } = this.#poolOf(hosted, files);
    const id = randomUUID();
    this.#running.set(id, key);
    let worker: FunctionWorker | undefined;
    try {
      worker = await pool.acquire(signal);
      const invocation = { id, payload, alive: [...this.#running.keys()] };
      return await worker.invoke(invocation, hosted.timeout, signal);
    } finally {
      this.#running.delete(id);
      if (worker) pool.release(worker);
      if (pool.size === 0) this.#forget(key);
    }
  }

  /** Ends all workers; invocations under way are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close(closed())));
    this.#pools.clear();
    await this.#code.remove();
  }

  #poolOf(hosted: HostedFunction, files: WorkerFiles) {
    const { work } = hosted;
    const own = "file" in work ? work.file : "standIn" in work ? work.standIn : null;
    // A file that was edited is another function; its workers are left to finish and fall idle.
    const key = `${hosted.id}@${own === null ? 0 : modifiedAt(own)}`;
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = new FunctionPool({
        size: this.#options.workersPerFunction ?? 4,
        idleMs: this.#options.idleMs ?? 300_000,
        make: () => this.#start(hosted, files),
      });
    }
    // Last in the order: the most recently used.
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    return { key, pool };
  }

  #start(hosted: HostedFunction, { worker, bedrock }: WorkerFiles): FunctionWorker {
    this.#makeRoom();
    const { name, work, effect, memory, files, components = null } = hosted;
    const { ports, data, logLevel = "INFO", environment = [], onLine, models } = this.#options;
    const settings = models?.settings ?? { adapter: "stand-in" };
    return new FunctionWorker({
      code: worker,
      start: {
        ...{ name, work, effect, memory, files, components, ports, logLevel },
        models: asksModel(work) ? { settings, bedrock } : null,
      },
      environment: {
        ...functionEnvironment(hosted, process.env, [
          ...environment,
          ...keyVariables(work, settings),
        ]),
        ...(data !== undefined && { ESPALIER_DATA: data }),
      },
      onLine: (text) => onLine?.({ function: name, text }),
      onCall: this.#callsOf(hosted),
    });
  }

  /** What a function may call is what its document names: locally, nothing else enforces it. */
  #callsOf(hosted: HostedFunction): CallFunction {
    return async (name, payload, signal) => {
      const callee = hosted.callees?.(name);
      if (callee) return this.#perform(callee, payload, signal);
      throw new FunctionFailure({
        errorType: "Lambda.AccessDeniedException",
        errorMessage: `The function ${hosted.name} may not call "${name}".`,
      });
    };
  }

  /** Ends the idle workers of functions used least recently; pools are kept in the order of use. */
  #makeRoom(): void {
    const limit = this.#options.workers ?? 24;
    const total = () => [...this.#pools.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [key, pool] of this.#pools) {
      while (total() >= limit && pool.endOneIdle());
      if (pool.size === 0) this.#forget(key);
    }
  }

  /** Unless an invocation is on its way to the pool. */
  #forget(key: string): void {
    if (![...this.#running.values()].includes(key)) this.#pools.delete(key);
  }
}

const NEVER = new AbortController().signal;

function closed(): Error {
  return new Error("The host of the functions was closed.");
}

/** 0 if there is no such file: then loading it says so. */
function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
