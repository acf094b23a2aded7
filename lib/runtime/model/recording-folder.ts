import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingStore } from "./recording.ts";

/** Recordings as files `FOLDER/DIGEST.json`; the folder is made when something is recorded. */
export function recordingFolder(folder: string): RecordingStore {
  const pathOf = (name: string) => join(folder, `${name}.json`);
  return {
    async read(name) {
      try {
        return await readFile(pathOf(name), "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(name, text) {
      await mkdir(folder, { recursive: true });
      // Whole or not at all, also beside another writer.
      const draft = join(folder, `.${name}.${randomUUID()}`);
      await writeFile(draft, text);
      await rename(draft, pathOf(name));
    },
  };
}
