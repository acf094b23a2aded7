import { errorDocument } from "./error-document.ts";
import { type Failure, toFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { Output } from "./output.ts";
import { runProgram } from "./program.ts";

/**
 * Runs one command line (without `node` and the script) and returns its exit code: 0 done, 1 failed
 * or found problems, 2 wrong usage, 130 interrupted, or that of a program that did the work. Never throws, never touches the process.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  // Known before parsing, since parsing itself can fail and has to say so in JSON.
  const json = beforeTerminator(argv).includes("--json");
  const debug = beforeTerminator(argv).includes("--debug");
  const out = new Output(io, json);
  try {
    const outcome = await runProgram(argv, io, out);
    out.clearProgress();
    if (outcome?.document !== undefined) {
      out.document(outcome.document);
    }
    return outcome?.exitCode ?? 0;
  } catch (error) {
    out.clearProgress();
    const failure = toFailure(error);
    if (json) {
      out.document(errorDocument(failure));
    } else {
      out.notes(failure.diagnostics ?? [], io.cwd);
      out.error(failure.message, failure.hint);
    }
    if (debug) {
      out.note(stackOf(failure));
    }
    return failure.exitCode;
  }
}

function stackOf(failure: Failure): string {
  const origin = failure.cause instanceof Error ? failure.cause : failure;
  return origin.stack ?? String(origin);
}

/** What stands after `--` is never an option. */
function beforeTerminator(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? argv : argv.slice(0, end);
}
