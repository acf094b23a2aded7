/** Threads that each do one job after the other, with warm code. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { readAll } from "../../runtime/artifact-handle.ts";
import type { Artifacts } from "../../runtime/ports.ts";
import { workerCode } from "../guard/worker-code.ts";
import type { FromThread, ThreadSetup, ToThread } from "./protocol.ts";

/** Code has ended its thread, or did not end. The job is to be done where that harms nobody else. */
export class ThreadLost extends Error {
  override readonly name = "ThreadLost";
}

export interface PoolOptions<Setup> {
  /** A file that calls `serveJobs`. */
  readonly entry: string;
  /** What it starts with; plain data. */
  readonly setup: Setup;
  readonly artifacts: Pick<Artifacts, "open">;
  /** Default: one for each core. */
  readonly threads?: number | undefined;
}

interface Work<Job, Done> {
  readonly job: Job;
  readonly resolve: (done: Done) => void;
  readonly reject: (error: Error) => void;
}

interface Thread<Job, Done> {
  readonly worker: Worker;
  readonly until: BigInt64Array;
  work: Work<Job, Done> | undefined;
}

/** Milliseconds between looks at threads whose code may hang. */
const LOOK = 500;
/** Bytes of heap for all code and all replays of a thread, in MiB. */
const MEMORY = 2048;

/** Jobs and results are plain data: they are copied from thread to thread. */
export class ThreadPool<Setup, Job, Done> {
  readonly #options: PoolOptions<Setup>;
  readonly #most: number;
  readonly #waiting: Work<Job, Done>[] = [];
  readonly #threads = new Set<Thread<Job, Done>>();
  readonly #idle: Thread<Job, Done>[] = [];
  #opening = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions<Setup>) {
    this.#options = options;
    this.#most = Math.max(1, options.threads ?? availableParallelism());
  }

  /** Rejects with `ThreadLost`, and with what the thread's entry throws. */
  run(job: Job): Promise<Done> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#next();
    });
  }

  /** Ends all threads; jobs under way are lost. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    const lost = new ThreadLost("The pool was closed.");
    for (const { reject } of this.#waiting.splice(0)) reject(lost);
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#idle.pop();
      if (thread) this.#give(thread);
      else {
        const open = this.#threads.size + this.#opening;
        if (open >= this.#most || this.#opening >= this.#waiting.length) return;
        this.#opening += 1;
        this.#open()
          .catch((error: Error) => this.#waiting.shift()?.reject(error))
          .finally(() => {
            this.#opening -= 1;
            this.#next();
          });
      }
    }
  }

  #give(thread: Thread<Job, Done>): void {
    thread.work = this.#waiting.shift();
    if (thread.work === undefined) return;
    thread.worker.ref();
    thread.worker.postMessage({ type: "job", job: thread.work.job } satisfies ToThread<Job>);
  }

  async #open(): Promise<void> {
    const { entry, setup } = this.#options;
    const deadline = new SharedArrayBuffer(8);
    const worker = new Worker(await workerCode(entry), {
      env: {},
      execArgv: ["--enable-source-maps"],
      argv: [],
      stdout: true,
      stderr: true,
      workerData: { setup, deadline } satisfies ThreadSetup<Setup>,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY },
    });
    // Nobody reads what a replayed step prints; unread, it would fill up.
    for (const stream of [worker.stdout, worker.stderr]) stream.resume();
    const thread: Thread<Job, Done> = {
      ...{ worker, until: new BigInt64Array(deadline), work: undefined },
    };
    worker.on("message", (message: FromThread<Done>) => void this.#take(thread, message));
    worker.on("error", (error) => this.#lose(thread, String(error)));
    worker.on("exit", (code) => this.#lose(thread, `exit code ${code}`));
    this.#threads.add(thread);
    this.#idle.push(thread);
    this.#watch ??= setInterval(() => this.#look(), LOOK).unref();
  }

  async #take(thread: Thread<Job, Done>, message: FromThread<Done>): Promise<void> {
    const { worker, work } = thread;
    if (message.type === "artifact") {
      const { ask, digest } = message;
      const bytes = await readAll(this.#options.artifacts.open(digest)).catch(() => null);
      worker.postMessage({ type: "bytes", ask, bytes } satisfies ToThread<Job>);
      return;
    }
    thread.work = undefined;
    worker.unref();
    this.#idle.push(thread);
    if (message.type === "done") work?.resolve(message.done);
    else work?.reject(new Error(message.message));
    this.#next();
  }

  #look(): void {
    for (const thread of this.#threads) {
      const until = Atomics.load(thread.until, 0);
      if (until === 0n || until > BigInt(Date.now())) continue;
      this.#lose(thread, "its code did not end");
      void thread.worker.terminate();
    }
  }

  #lose(thread: Thread<Job, Done>, why: string): void {
    if (!this.#threads.delete(thread)) return;
    const place = this.#idle.indexOf(thread);
    if (place >= 0) this.#idle.splice(place, 1);
    thread.work?.reject(new ThreadLost(`A thread of the replay has ended: ${why}.`));
    this.#next();
  }
}
