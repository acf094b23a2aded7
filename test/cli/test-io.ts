import { tmpdir } from "node:os";
import type { Io } from "../../lib/cli/io.ts";

export interface IoOptions {
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly env?: Record<string, string>;
  /** Both streams are terminals of so many columns. */
  readonly terminal?: number;
  readonly signal?: AbortSignal;
  readonly onStdout?: (text: string) => void;
}

export function testIo(options: IoOptions = {}): {
  io: Io;
  stdout: () => string;
  stderr: () => string;
} {
  const written = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      written[name] += text;
      if (name === "stdout") options.onStdout?.(written.stdout);
    },
    isTTY: options.terminal !== undefined,
    columns: options.terminal ?? 80,
  });
  const { stdin = "" } = options;
  const io: Io = {
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    stdin: async () => (typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin),
    env: { ...options.env },
    cwd: options.cwd ?? tmpdir(),
    invokedAs: "espalier",
    signal: options.signal ?? new AbortController().signal,
  };
  return { io, stdout: () => written.stdout, stderr: () => written.stderr };
}
