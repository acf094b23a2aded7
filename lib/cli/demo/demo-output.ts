/** What the demos print and write alike. */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { Invocation } from "../command.ts";

export type Heading = (text: string) => void;

/** Numbered headings: `1  An SBOM of this repository`. */
export function headings({ out }: Invocation): Heading {
  let number = 0;
  return (text) => {
    number += 1;
    out.line();
    out.line(out.color.bold(`${number}  ${text}`));
  };
}

/** Writes files below the data folder; returns their paths as a person would type them. */
export async function saveFiles(
  invocation: Invocation,
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<string[]> {
  const folder = join(invocation.dataDir, "demo", name);
  await mkdir(folder, { recursive: true });
  const saved: string[] = [];
  for (const [file, bytes] of files) {
    const path = join(folder, basename(file));
    await writeFile(path, bytes);
    saved.push(shownPath(invocation, path));
  }
  return saved;
}

export function shownPath({ io }: Invocation, path: string): string {
  const short = relative(io.cwd, path);
  return short.startsWith("..") ? path : short;
}

/** Commands to go on with, each with what it is for. */
export function printNext(
  { out, suggest }: Invocation,
  commands: readonly (readonly [command: string, says: string])[],
): void {
  for (const [command, says] of commands) {
    out.line(`  ${suggest(command)}`);
    out.line(out.color.dim(`      ${says}`));
  }
}
