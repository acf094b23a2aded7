import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Failure } from "../failure.ts";

const execute = promisify(execFile);
const ARGUMENTS = ["sbom", "--sbom-format", "cyclonedx"] as const;

/**
 * CycloneDX JSON of an npm project, as `npm sbom` makes it. npm refuses when the installed tree does
 * not fit package.json (missing or extraneous packages); the lock file then speaks for it. `options` are
 * npm's own.
 */
export async function makeSbom(
  folder: string,
  signal: AbortSignal,
  options: readonly string[] = [],
): Promise<Uint8Array> {
  const asked = [...ARGUMENTS, ...options];
  const tries = [asked, [...asked, "--package-lock-only"]];
  let reason = "";
  for (const args of tries) {
    try {
      const { stdout } = await execute("npm", args, {
        cwd: folder,
        signal,
        maxBuffer: 256 * 1024 * 1024,
        shell: process.platform === "win32",
      });
      return Buffer.from(stdout, "utf8");
    } catch (error) {
      if (signal.aborted) {
        throw new Failure("Interrupted", "Interrupted before anything was started", {
          exitCode: 130,
        });
      }
      reason = lastLine(error);
    }
  }
  throw new Failure(
    "SbomFailed",
    `npm ${ARGUMENTS.join(" ")} does not work in ${folder}: ${reason}`,
    {
      hint: "Run npm ci there first, and see that npm itself works.",
    },
  );
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return text.trim().split("\n").at(-1) ?? "";
}
