import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Child {
  readonly process: ChildProcess;
  /** What it prints. */
  readonly lines: AsyncIterable<string>;
  say(line: string): void;
  /** Its end: exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Runs one of the programs beside this file in a process of its own. */
export function startChild(program: string, ...args: string[]): Child {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, program), ...args],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  return {
    process: child,
    lines: createInterface({ input: child.stdout }),
    say: (line) => void child.stdin.write(`${line}\n`),
    ended: new Promise((resolve) => {
      child.on("exit", (code, signal) => resolve(signal ?? code));
    }),
  };
}
