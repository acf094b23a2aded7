import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { Package } from "./handlers.ts";

let root: string | undefined;
let count = 0;

/** A new folder that goes when the process ends: the CDK copies what it deploys into `cdk.out`. */
export function temporaryFolder(): string {
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), "espalier-synth-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    root = made;
  }
  count += 1;
  return join(root, String(count));
}

/** The code of a function, from the files of its package. */
export function packageCode(files: Package): Code {
  const folder = temporaryFolder();
  for (const [path, content] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return Code.fromAsset(folder);
}
