/** Runs step code of one bundle in a guarded thread, one call after the other. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { readAll } from "../../runtime/artifact-handle.ts";
import type { Artifacts } from "../../runtime/ports.ts";
import type { ReplayBundle } from "../bundle-snapshot.ts";
import type { CodeCall, CodeResult, FromGuard, RunsCode, ToGuard } from "./protocol.ts";
import { workerCode } from "./worker-code.ts";

/** Runs of one call: twice as a rule, and more to find out what its result depends on. */
const RUNS = 8;
/** Bytes of heap for all code of a bundle, in MiB. */
const MEMORY = 1024;

export class CodeRunner implements RunsCode {
  readonly #bundle: ReplayBundle;
  readonly #artifacts: Pick<Artifacts, "open" | "put">;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #settle: ((result: CodeResult | Error) => void) | undefined;

  constructor(bundle: ReplayBundle, artifacts: Pick<Artifacts, "open" | "put">) {
    this.#bundle = bundle;
    this.#artifacts = artifacts;
  }

  /** Never rejects for what the code does: that is its answer. */
  run(asked: CodeCall): Promise<CodeResult> {
    const result = this.#last.then(() => this.#run(asked));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #run(asked: CodeCall): Promise<CodeResult> {
    const worker = await this.#open();
    const result = await new Promise<CodeResult | Error>((resolve) => {
      const seconds = asked.timeout * RUNS;
      const timer = setTimeout(
        () => resolve(new Error(`The code did not end within ${asked.timeout} s.`)),
        Math.min(2 ** 31 - 1, seconds * 1000),
      );
      this.#settle = (settled) => {
        clearTimeout(timer);
        resolve(settled);
      };
      worker.postMessage({ type: "call", ...asked } satisfies ToGuard);
    });
    this.#settle = undefined;
    if (!(result instanceof Error)) return result;
    // Whatever state it is in: the next call gets a thread of its own.
    await this.close();
    const answer = { error: "Step.Failed", message: result.message };
    return { answer, uses: [], depends: [], files: [] };
  }

  async #open(): Promise<Worker> {
    if (this.#worker) return this.#worker;
    const worker = new Worker(await workerCode(join(import.meta.dirname, "worker.ts")), {
      env: {},
      execArgv: ["--enable-source-maps"],
      argv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY },
    });
    // Nobody reads what a replayed step prints; unread, it would fill up.
    for (const stream of [worker.stdout, worker.stderr]) stream.resume();
    worker.on("message", (message: FromGuard) => void this.#take(worker, message));
    worker.on("error", (error) => this.#settle?.(error as Error));
    worker.on("exit", (code) =>
      this.#settle?.(new Error(`The code has ended its thread (${code}).`)),
    );
    this.#worker = worker;
    return worker;
  }

  async #take(worker: Worker, message: FromGuard): Promise<void> {
    if (message.type === "result") {
      this.#settle?.(message);
      return;
    }
    if (message.type === "stored") {
      await this.#artifacts.put(message.bytes, { mediaType: "application/octet-stream" });
      return;
    }
    const { type, ask, name } = message;
    const bytes =
      type === "file"
        ? (this.#bundle.readFile(name) ?? null)
        : await readAll(this.#artifacts.open(name)).catch(() => null);
    worker.postMessage({ type: "bytes", ask, bytes } satisfies ToGuard);
  }
}
