/** Importing a function's package in new processes, as Lambda does at a cold start. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import type { Package } from "../../lib/constructs/code/handlers.ts";
import { VARIABLES } from "../../lib/runtime/deployed.ts";
import { median } from "../rounds.ts";

export interface ColdImport {
  /** Milliseconds to import `index.mjs`; median. */
  readonly ms: number;
  /** Kilobytes that this reads, and kilobytes of the whole package. */
  readonly coldSize: number;
  readonly size: number;
  /** Milliseconds to import everything that the package holds; median. */
  readonly allMs: number;
}

const TIMED = (files: readonly string[]) =>
  `const start = performance.now();
Promise.all(${JSON.stringify(files)}.map((file) => import(file))).then(() => {
  process.stdout.write(String(performance.now() - start), () => process.exit(0));
});`;

export function measureColdImport(files: Package, processes: number): ColdImport {
  const folder = mkdtempSync(join(tmpdir(), "espalier-bench-function-"));
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const code = [...files.keys()].filter((path) => path.endsWith(".mjs"));
    const timed = (paths: readonly string[]) => {
      const times = Array.from({ length: processes }, () => importIn(folder, paths));
      return median(times) ?? Number.NaN;
    };
    return {
      ms: timed(["./index.mjs"]),
      allMs: timed(code.map((path) => `./${path}`)),
      coldSize: sizeOf(files, staticImports(files, "index.mjs")),
      size: sizeOf(files, files.keys()),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function importIn(folder: string, paths: readonly string[]): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", TIMED(paths)], {
    cwd: folder,
    encoding: "utf8",
    env: {
      ...Object.fromEntries(Object.values(VARIABLES).map((name) => [name, "x"])),
      [VARIABLES.effect]: "none",
      [VARIABLES.logLevel]: "INFO",
      [VARIABLES.models]: '{"adapter":"bedrock"}',
      [VARIABLES.tools]: "{}",
      AWS_REGION: "eu-central-1",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
  });
  const ms = Number.parseFloat(stdout);
  if (status === 0 && Number.isFinite(ms)) return ms;
  const lines = stderr.split("\n");
  const reason = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0];
  throw new Error(`a function cannot be imported: ${reason}`);
}

/** Files that a module imports statically, however deep, itself included. */
function staticImports(files: Package, entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const code = Buffer.from(files.get(entry) ?? "").toString();
  for (const [, path = ""] of code.matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g)) {
    const file = posix.join(posix.dirname(entry), path);
    if (files.has(file)) staticImports(files, file, seen);
  }
  return seen;
}

function sizeOf(files: Package, paths: Iterable<string>): number {
  let bytes = 0;
  for (const path of paths) bytes += Buffer.byteLength(files.get(path) ?? "");
  return bytes / 1000;
}
