import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { espalier } from "../cli/espalier.ts";

export const LAUNCHER = resolve(import.meta.dirname, "../../bin/espalier.js");

/** A folder made by `espalier init`, removed after the tests of this file. */
export function useProject(): { readonly folder: string; readonly parent: string } {
  const project = { folder: "", parent: "" };
  beforeAll(async () => {
    project.parent = await mkdtemp(join(tmpdir(), "espalier-e2e-"));
    const made = await espalier(["init", "hello"], { cwd: project.parent });
    if (made.exitCode !== 0) throw new Error(made.stderr);
    project.folder = join(project.parent, "hello");
  });
  afterAll(async () => {
    await rm(project.parent, { recursive: true, force: true });
  });
  return project;
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with what the pattern matched, once stdout has it. */
  until(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** The command as a process of its own, in pipes. */
export function spawnEspalier(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: Record<string, string> },
): Spawned {
  const child = spawn(process.execPath, [LAUNCHER, ...argv], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    text.stderr += chunk;
  });
  const ended = once(child, "close").then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
  );
  const spawned: Spawned = {
    child,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    ended,
    async until(pattern, timeoutMs = 30_000) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const found = pattern.exec(text.stdout);
        if (found) return found;
        if (child.exitCode !== null || Date.now() > deadline) {
          throw new Error(`no ${pattern} in:\n${text.stdout}\n${text.stderr}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
  return spawned;
}
