import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Package } from "./handlers.ts";

/** Calls `use` with a new folder that is gone afterwards, and returns what it returns. */
export function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "espalier-synth-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The same with files in the folder. Long enough for an asset: the CDK copies it into `cdk.out` when
 * its construct is made.
 */
export function withFiles<T>(files: Package, use: (folder: string) => T): T {
  return inTemporaryFolder((folder) => {
    for (const [path, content] of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return use(folder);
  });
}
