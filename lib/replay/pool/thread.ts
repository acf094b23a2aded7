/** The inside of a pool's thread: whole replays run here, beside the step code that they run. */
import { parentPort, workerData } from "node:worker_threads";
import { readAll } from "../../runtime/artifact-handle.ts";
import type { Artifacts } from "../../runtime/ports.ts";
import type { ReplayBundle } from "../bundle-snapshot.ts";
import { GuardedCode } from "../guard/guarded-code.ts";
import type { RunsCode } from "../guard/protocol.ts";
import type { FromThread, ThreadSetup, ToThread } from "./protocol.ts";

/**
 * Code that runs longer than this, in milliseconds, loses its thread. Whoever gave the job gives it to
 * a thread that waits for as long as the step may take.
 */
const PATIENCE = 10_000;

export interface Inside {
  /** What the pool's artifacts hold. */
  readonly artifacts: Pick<Artifacts, "open" | "stat">;
  /** Runs code of a bundle in this very thread; `artifacts`: where it reads and leaves documents. */
  readonly codeOf: (bundle: ReplayBundle, artifacts: Pick<Artifacts, "open" | "put">) => RunsCode;
  /** Work that somebody else has written, and that may not end: then the thread is lost. */
  readonly limited: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Does the pool's jobs one after the other. Call it once, at the top of the thread's entry file. */
export function serveJobs<Setup, Job, Done>(
  start: (setup: Setup, inside: Inside) => (job: Job) => Promise<Done>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("This file runs in a worker thread.");
  const { setup, deadline } = workerData as ThreadSetup<Setup>;
  const until = new BigInt64Array(deadline);
  // Before any code of a bundle is loaded.
  const guarded = new GuardedCode();
  const now = Date.now;
  const send = (message: FromThread<Done>) => port.postMessage(message);
  const asked = new Map<number, (bytes: Uint8Array | null) => void>();
  let asks = 0;
  const read = (digest: string) =>
    new Promise<Uint8Array | null>((resolve) => {
      asks += 1;
      asked.set(asks, resolve);
      send({ type: "artifact", ask: asks, digest });
    });
  const limited: Inside["limited"] = async (work) => {
    Atomics.store(until, 0, BigInt(now() + PATIENCE));
    try {
      return await work();
    } finally {
      Atomics.store(until, 0, 0n);
    }
  };
  const perform = start(setup, {
    limited,
    artifacts: {
      async *open(digest) {
        const bytes = await read(digest);
        if (bytes === null) throw new Error(`There is no artifact ${digest}.`);
        yield bytes;
      },
      async stat(digest) {
        const bytes = await read(digest);
        return bytes === null ? undefined : { bytes: bytes.byteLength };
      },
    },
    codeOf: (bundle, artifacts) => ({
      run: (call) =>
        limited(() =>
          guarded.run(call, {
            file: async (path) => bundle.readFile(path) ?? null,
            artifact: (digest) => readAll(artifacts.open(digest)).catch(() => null),
            stored: (bytes) => artifacts.put(bytes, { mediaType: "application/octet-stream" }),
          }),
        ),
    }),
  });
  port.on("message", (message: ToThread<Job>) => {
    if (message.type === "bytes") {
      asked.get(message.ask)?.(message.bytes);
      asked.delete(message.ask);
      return;
    }
    perform(message.job).then(
      (done) => send({ type: "done", done }),
      (thrown: unknown) =>
        send({
          type: "failed",
          message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
        }),
    );
  });
}
