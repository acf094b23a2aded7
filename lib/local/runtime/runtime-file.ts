/** `runtime.json` in the data folder: where the runtime that holds the folder is to be reached. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const RuntimeFile = z.object({
  pid: z.int().positive(),
  url: z.url(),
  /** Whoever can read this file may use the runtime. */
  token: z.string().min(1),
  startedAt: z.string(),
});

export type RuntimeFile = z.infer<typeof RuntimeFile>;

export async function readRuntimeFile(directory: string): Promise<RuntimeFile | undefined> {
  let text: string;
  try {
    text = await readFile(pathIn(directory), "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return RuntimeFile.parse(JSON.parse(text));
  } catch {
    return undefined; // Left by something else, or torn by a crash: nobody is to be reached by it.
  }
}

/** Appears whole or not at all, readable by its owner only. */
export async function writeRuntimeFile(directory: string, file: RuntimeFile): Promise<void> {
  const draft = `${pathIn(directory)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, pathIn(directory));
}

/** Removes the file if it is this runtime's own. */
export async function removeRuntimeFile(directory: string, token: string): Promise<void> {
  const found = await readRuntimeFile(directory);
  if (found?.token === token) await rm(pathIn(directory), { force: true });
}

function pathIn(directory: string): string {
  return join(directory, "runtime.json");
}

/** A data folder that is a file has none either; opening it says so. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^(ENOENT|ENOTDIR)$/.test(String(error.code));
}
