import { CommanderError } from "commander";
import { type Diagnostic, DiagnosticsError } from "../manifest/diagnostic.ts";
import { RequestError } from "../runtime/errors.ts";

/** 0 done, 1 failed or found problems, 2 wrong usage, 130 interrupted from the keyboard. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Ends a command: what was wrong, and what to do next. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  readonly diagnostics: readonly Diagnostic[] | undefined;

  constructor(
    code: string,
    message: string,
    more: {
      readonly hint?: string | undefined;
      readonly exitCode?: ExitCode;
      readonly diagnostics?: readonly Diagnostic[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.exitCode = more.exitCode ?? 1;
    this.diagnostics = more.diagnostics;
  }
}

/** Wrong usage: exit code 2. */
export function usageFailure(message: string, hint?: string): Failure {
  return new Failure("Usage", message, { hint, exitCode: 2 });
}

/** Turns whatever was thrown into what a person is told. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) {
    return error;
  }
  if (error instanceof CommanderError) {
    return fromCommander(error);
  }
  if (error instanceof DiagnosticsError) {
    const count = error.diagnostics.length;
    return new Failure("BundleInvalid", `${count} ${count === 1 ? "problem" : "problems"} found`, {
      diagnostics: error.diagnostics,
      cause: error,
    });
  }
  if (error instanceof RequestError) {
    return new Failure(error.code, error.message.replace(/\.$/, ""), {
      hint: error.hint,
      exitCode: error.code === "NameInvalid" ? 2 : 1,
      cause: error,
    });
  }
  if (isSystemError(error)) {
    return systemFailure(error.code, error);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Failure("Internal", `Something went wrong inside Espalier: ${message}`, {
    hint: "This is a defect. Run the command again with --debug and report what it prints.",
    cause: error,
  });
}

const SYSTEM_WORDS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOENT: ["does not exist", "Check the path."],
  EACCES: ["is not accessible", "Check the permissions, or choose another place."],
  EPERM: ["is not accessible", "Check the permissions, or choose another place."],
  EROFS: ["is on a read-only file system", "Choose another place."],
  EISDIR: ["is a folder, a file is expected", "Name a file inside it."],
  ENOTDIR: ["is no folder, or lies below a file", "Choose another path."],
  EEXIST: ["exists already", "Choose another name, or remove it first."],
  ENOSPC: ["cannot be written: the disk is full", "Make room and try again; nothing was lost."],
  EMFILE: ["cannot be opened: too many open files", "Raise the limit (ulimit -n) and try again."],
};

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}

/** True for an error of the operating system (`ENOENT`, …), as `node:fs` and `node:net` throw them. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** What the operating system refused, in words; `path` as a person typed it. */
export function systemFailure(code: string, error: SystemError, path = error.path): Failure {
  const words = SYSTEM_WORDS[error.code];
  return words === undefined || path === undefined
    ? new Failure(code, error.message, { cause: error })
    : new Failure(code, `${path} ${words[0]}`, { hint: words[1], cause: error });
}

/** Commander's sentence is `error: …`, with the nearest known word on a second line. */
function fromCommander(error: CommanderError): Failure {
  const [first = "", ...rest] = error.message.split("\n");
  const hints = [
    ...rest.map((line) => line.replace(/^\((.*)\)$/, "$1")),
    "Run the command with --help to see what it takes.",
  ];
  return new Failure("Usage", capitalize(first.replace(/^error: /, "")), {
    hint: hints.filter((line) => line !== "").join("\n"),
    exitCode: 2,
    cause: error,
  });
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
