/** The processes that the deployment test starts; each leads a group, and is ended with all of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const running = new Set<ChildProcess>();

export interface Finished {
  /** Null if it was ended at its time limit. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Seconds. */
  readonly limit: number;
}

/** Runs a command to its end. Throws if it cannot be started. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env, limit }: CommandOptions,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), limit * 1000);
    child.once("error", (error) => {
      clearTimeout(timer);
      running.delete(child);
      reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
}

/** Starts a server whose output goes to `log`. */
export function serve(
  command: string,
  args: readonly string[],
  { cwd, env, log }: Omit<CommandOptions, "limit"> & { readonly log: string },
): ChildProcess {
  const out = openSync(log, "a");
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", out, out] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Ends a process and its group, hard after five seconds. */
export async function end(child: ChildProcess): Promise<void> {
  signalGroup(child, "SIGTERM");
  for (let waited = 0; waited < 50 && isAlive(child); waited += 1) await sleep(100);
  // What the leader has left behind is still in its group.
  signalGroup(child, "SIGKILL");
}

export function endAllNow(): void {
  for (const child of running) signalGroup(child, "SIGKILL");
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
