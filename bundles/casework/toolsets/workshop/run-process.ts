import { execFile } from "node:child_process";

/** What a child process is told of its surroundings: no keys, no credentials. */
const PASSED = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "TZ", "SystemRoot"];
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Runs a program, without a shell. Resolves whatever the exit code; rejects where the process cannot be
 * run, or the signal aborts.
 */
export function run(
  file: string,
  args: readonly string[],
  { cwd, signal }: { cwd: string; signal: AbortSignal },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const env = Object.fromEntries(PASSED.map((name) => [name, process.env[name]]));
  return new Promise((resolve, reject) => {
    const options = { cwd, signal, env, maxBuffer: MOST_BYTES, windowsHide: true };
    execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error?.code ?? 0;
      if (typeof code === "number") resolve({ code, stdout, stderr });
      else reject(error);
    });
  });
}
