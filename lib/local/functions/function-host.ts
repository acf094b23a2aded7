/**
 * Runs functions as Lambda does, in worker threads of this process: each worker holds one function,
 * with its own memory limit and environment, takes one invocation at a time and stays warm; at its
 * timeout it is ended, whatever it is doing.
 */
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { TaskError } from "../../engine/index.ts";
import type { Effect } from "../../runtime/effect.ts";
import type { Json } from "../../runtime/json.ts";
import type { LogLevel } from "../../runtime/log.ts";
import { functionEnvironment } from "./function-environment.ts";
import { FunctionPool } from "./function-pool.ts";
import { FunctionFailure, FunctionWorker } from "./function-worker.ts";
import { buildWorkerCode, type WorkerCode } from "./worker-code.ts";

/** Everything that a worker needs to know of a function. */
export interface HostedFunction {
  /** The same for the same code: a warm worker is kept under it. */
  readonly id: string;
  readonly name: string;
  /** An ESM file: `export default step({...})`, or `export const handler = (event, context) => …`. */
  readonly file: string;
  /** Seconds. */
  readonly timeout: number;
  /** MiB. */
  readonly memory: number;
  readonly effect: Effect;
  /** The folder of the bundle's files. */
  readonly files: string;
}

export interface FunctionHostOptions {
  /** The folder that `openPorts` opens in each worker. */
  readonly ports: string;
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
}

export class FunctionHost {
  readonly #options: FunctionHostOptions;
  readonly #code: Promise<WorkerCode>;
  readonly #pools = new Map<string, FunctionPool>();
  /** The ids of invocations under way, and to which pool each belongs. */
  readonly #running = new Map<string, string>();
  #isClosed = false;

  constructor(options: FunctionHostOptions) {
    this.#options = options;
    this.#code = buildWorkerCode();
    // Reported by the first invocation, if there is any.
    this.#code.catch(() => undefined);
  }

  /**
   * Runs the function on one event. Rejects with `TaskError`, its cause being JSON in Lambda's form
   * (`errorType`, `errorMessage`, `trace`); with the signal's reason if that aborts, which ends the
   * worker.
   */
  async invoke(hosted: HostedFunction, payload: Json, signal = NEVER): Promise<Json> {
    const { file } = await this.#code;
    if (this.#isClosed) throw closed();
    const { key, pool } = this.#poolOf(hosted, file);
    const id = randomUUID();
    this.#running.set(id, key);
    let worker: FunctionWorker | undefined;
    try {
      worker = await pool.acquire(signal);
      const invocation = { id, payload, alive: [...this.#running.keys()] };
      return await worker.invoke(invocation, hosted.timeout, signal);
    } catch (error) {
      if (!(error instanceof FunctionFailure)) throw error;
      throw new TaskError(error.error.errorType, JSON.stringify(error.error));
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
    const code = await this.#code.catch(() => undefined);
    await code?.remove();
  }

  #poolOf(hosted: HostedFunction, code: string) {
    // A file that was edited is another function; its workers are left to finish and fall idle.
    const key = `${hosted.id}@${modifiedAt(hosted.file)}`;
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = new FunctionPool({
        size: this.#options.workersPerFunction ?? 4,
        idleMs: this.#options.idleMs ?? 300_000,
        make: () => this.#start(hosted, code),
      });
    }
    // Last in the order: the most recently used.
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    return { key, pool };
  }

  #start(hosted: HostedFunction, code: string): FunctionWorker {
    this.#makeRoom();
    const { name, file, effect, memory, files } = hosted;
    const { ports, logLevel = "INFO", environment = [], onLine } = this.#options;
    return new FunctionWorker({
      code,
      start: { name, file, effect, memory, files, ports, logLevel },
      environment: functionEnvironment(hosted, process.env, environment),
      onLine: (text) => onLine?.({ function: name, text }),
    });
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
