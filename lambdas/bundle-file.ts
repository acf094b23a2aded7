import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A file of the bundle, from beside the code; undefined if there is none. `path` stays inside. */
export async function readBundleFile(path: string): Promise<Uint8Array | undefined> {
  const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
  try {
    return await readFile(join(root, "files", path));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing) return undefined;
    throw error;
  }
}
