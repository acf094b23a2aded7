/** One worker thread with one function in it. */
import { Worker } from "node:worker_threads";
import type { Json } from "../../runtime/json.ts";
import { FunctionFailure } from "./function-failure.ts";
import { exited, outOfMemory, timedOut } from "./lambda-error.ts";
import { type CallFunction, OutgoingCalls } from "./outgoing-calls.ts";
import type {
  HostMessage,
  Invocation,
  LambdaError,
  WorkerMessage,
  WorkerStart,
} from "./protocol.ts";

/** Lambda gives a function 10 s to load its code. */
const INIT_SECONDS = 10;

export interface WorkerOptions {
  readonly code: string;
  readonly start: WorkerStart;
  readonly environment: Readonly<Record<string, string>>;
  /** Takes lines that the function logs or prints. */
  readonly onLine: (line: string) => void;
  /** Calls other functions for this one. */
  readonly onCall: CallFunction;
}

interface Waiting {
  readonly id: string;
  resolve(result: Json): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout | undefined;
}

/** Starts loading at once. Takes one invocation at a time; a worker that has ended takes none. */
export class FunctionWorker {
  readonly #worker: Worker;
  readonly #ready: Promise<LambdaError | undefined>;
  readonly #calls: OutgoingCalls;
  #becomeReady: (error: LambdaError | undefined) => void = () => undefined;
  #waiting: Waiting | undefined;
  #ended = false;

  constructor({ code, start, environment, onLine, onCall }: WorkerOptions) {
    this.#calls = new OutgoingCalls(onCall, (message) => this.#post(message));
    this.#ready = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
    this.#worker = new Worker(code, {
      workerData: start,
      env: { ...environment },
      // Not the host's own: those may load a TypeScript compiler, a debugger or a test runner.
      execArgv: ["--enable-source-maps"],
      argv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: start.memory },
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) onLines(stream, onLine);
    this.#worker.on("message", (message: WorkerMessage) => this.#take(message, onLine));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", (code) => this.#exit(code));
  }

  /** Whether it can take no (further) invocation. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Runs the function; after `seconds` it is ended hard. Throws `FunctionFailure`, or the signal's reason. */
  async invoke(
    invocation: Omit<Invocation, "deadline">,
    seconds: number,
    signal: AbortSignal,
  ): Promise<Json> {
    signal.throwIfAborted();
    if (this.#ended) throw new FunctionFailure(exited(invocation.id, 0));
    this.#worker.ref();
    return new Promise<Json>((resolve, reject) => {
      const settle = () => {
        clearTimeout(this.#waiting?.timer);
        this.#waiting = undefined;
        signal.removeEventListener("abort", onAbort);
        this.#calls.abandonAll();
        // An idle worker does not keep the process alive.
        this.#worker.unref();
      };
      const onAbort = () => {
        void this.end(asError(signal.reason));
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting = {
        id: invocation.id,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        timer: undefined,
      };
      void this.#begin(invocation, seconds);
    });
  }

  async #begin(invocation: Omit<Invocation, "deadline">, seconds: number): Promise<void> {
    this.#endAfter(INIT_SECONDS, invocation.id);
    const failure = await this.#ready;
    const waiting = this.#waiting;
    // Ended meanwhile: it has been answered.
    if (waiting?.id !== invocation.id) return;
    if (failure) {
      return this.end(new FunctionFailure(failure));
    }
    this.#endAfter(seconds, invocation.id);
    this.#post({ type: "invoke", ...invocation, deadline: Date.now() + seconds * 1000 });
  }

  #post(message: HostMessage): void {
    this.#worker.postMessage(message);
  }

  #endAfter(seconds: number, id: string): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    clearTimeout(waiting.timer);
    waiting.timer = setTimeout(() => {
      void this.end(new FunctionFailure(timedOut(id, seconds)));
    }, seconds * 1000);
  }

  #take(message: WorkerMessage, onLine: (line: string) => void): void {
    switch (message.type) {
      case "ready":
        this.#becomeReady(message.error);
        return;
      case "line":
        onLine(message.text);
        return;
      case "result":
        this.#waiting?.resolve(JSON.parse(message.text) as Json);
        return;
      case "failed":
        this.#waiting?.reject(new FunctionFailure(message.error));
        if (message.fatal) void this.end();
        return;
      case "call":
        void this.#calls.begin(message);
        return;
      case "abandon":
        this.#calls.abandon(message.call);
        return;
      default:
        message satisfies never;
    }
  }

  /** The thread dies of an error that its own handlers could not take. */
  #fail(error: Error & { readonly code?: unknown }): void {
    const id = this.#waiting?.id ?? "";
    this.#waiting?.reject(
      new FunctionFailure(
        error.code === "ERR_WORKER_OUT_OF_MEMORY"
          ? outOfMemory(id)
          : { errorType: error.name, errorMessage: error.message, trace: [] },
      ),
    );
    this.#ended = true;
  }

  #exit(code: number): void {
    this.#ended = true;
    this.#waiting?.reject(new FunctionFailure(exited(this.#waiting.id, code)));
    this.#becomeReady(undefined);
  }

  /** Ends the thread, whatever it is doing; an invocation under way is rejected with the reason. */
  async end(reason?: Error): Promise<void> {
    this.#ended = true;
    if (reason) this.#waiting?.reject(reason);
    await this.#worker.terminate();
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Whole lines of what is printed; the last one when the stream ends. */
function onLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
