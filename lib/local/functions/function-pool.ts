/** The workers of one function. */
import type { FunctionWorker } from "./function-worker.ts";

interface Waiter {
  give(worker: FunctionWorker): void;
  refuse(reason: unknown): void;
}

export interface PoolOptions {
  /** Workers at most; further invocations wait their turn. */
  readonly size: number;
  /** An idle worker is ended after so many milliseconds. */
  readonly idleMs: number;
  readonly make: () => FunctionWorker;
}

export class FunctionPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<FunctionWorker>();
  /** The last one used is used first, so that the others can be ended. */
  readonly #idle: { readonly worker: FunctionWorker; readonly timer: NodeJS.Timeout }[] = [];
  readonly #queue: Waiter[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  /** A worker for one invocation; give it back with `release`. Throws the signal's reason. */
  async acquire(signal: AbortSignal): Promise<FunctionWorker> {
    signal.throwIfAborted();
    const idle = this.#takeIdle();
    if (idle) return idle;
    if (this.#all.size < this.#options.size) return this.#make();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        give: (worker) => {
          signal.removeEventListener("abort", onAbort);
          resolve(worker);
        },
        refuse: (reason) => {
          signal.removeEventListener("abort", onAbort);
          reject(reason);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#queue.push(waiter);
    });
  }

  /** An idle worker may have ended by itself: a timer that it left has thrown, or called exit. */
  #takeIdle(): FunctionWorker | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (!idle.worker.hasEnded) return idle.worker;
      this.#all.delete(idle.worker);
    }
    return undefined;
  }

  release(worker: FunctionWorker): void {
    if (worker.hasEnded) this.#all.delete(worker);
    const next = this.#queue.shift();
    if (next) {
      next.give(worker.hasEnded ? this.#make() : worker);
      return;
    }
    if (worker.hasEnded) return;
    const timer = setTimeout(() => this.#endIdle(worker), this.#options.idleMs);
    timer.unref();
    this.#idle.push({ worker, timer });
  }

  /** Ends the worker that has been idle longest, if there is one. */
  endOneIdle(): boolean {
    const oldest = this.#idle[0];
    if (oldest) this.#endIdle(oldest.worker);
    return oldest !== undefined;
  }

  /** Ends all workers; who uses or awaits one gets the reason. */
  async close(reason: Error): Promise<void> {
    for (const waiter of this.#queue.splice(0)) waiter.refuse(reason);
    for (const { timer } of this.#idle) clearTimeout(timer);
    this.#idle.length = 0;
    await Promise.all([...this.#all].map((worker) => worker.end(reason)));
    this.#all.clear();
  }

  #make(): FunctionWorker {
    const worker = this.#options.make();
    this.#all.add(worker);
    return worker;
  }

  #endIdle(worker: FunctionWorker): void {
    const index = this.#idle.findIndex((idle) => idle.worker === worker);
    if (index < 0) return;
    clearTimeout(this.#idle[index]?.timer);
    this.#idle.splice(index, 1);
    this.#all.delete(worker);
    void worker.end();
  }
}
