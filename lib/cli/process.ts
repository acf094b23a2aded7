import { buffer } from "node:stream/consumers";
import { invokedAs } from "./invoked-as.ts";
import type { Io, Sink } from "./io.ts";
import { main } from "./main.ts";

/** Runs the command line of this process, and sets its exit code. */
export async function runProcess(): Promise<void> {
  const stop = new AbortController();
  abortOnSignals(stop);
  quietOnBrokenPipe();
  // Which Node a later AWS SDK will want is news for whoever maintains this kit, not for who uses it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const io: Io = {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    stdin: () => buffer(process.stdin),
    env: process.env,
    cwd: process.cwd(),
    invokedAs: invokedAs(process.argv[1] ?? "", process.env, process.cwd()),
    signal: stop.signal,
  };
  const exitCode = await main(process.argv.slice(2), io);
  await drained();
  process.exit(exitCode);
}

/** The first signal asks the command to stop in good order, the second one ends it at once. */
function abortOnSignals(stop: AbortController): void {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) {
        process.exit(130);
      }
      stop.abort(name);
    });
  }
}

/** A reader that went away (`| head`) is no error, and no reason to leave a run half done. */
function quietOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") {
        throw error;
      }
    });
  }
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  return {
    write: (text) => {
      if (!stream.destroyed) {
        stream.write(text);
      }
    },
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns ?? 80;
    },
  };
}

/** `process.exit` drops what a pipe has not taken yet. */
async function drained(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.destroyed) {
      await new Promise<void>((resolve) => stream.write("", () => resolve()));
    }
  }
}
