/** Files that are there whole or not at all, also after a crash or a loss of power. */
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What an abandoned temporary file of a killed process may look like: older than an hour. */
const ABANDONED_MS = 3_600_000;

/** Makes the folder and its parents, and makes them last. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  // A new folder lasts once the folder that names it is synced.
  for (let made = path; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A file that is being written, under a name that nobody looks at. */
export interface PendingFile {
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Syncs the bytes and gives them their name, unless something has it already: then false. The bytes
   * are there whole as soon as the name is (link(2) is atomic and never replaces).
   */
  commit(path: string): Promise<boolean>;
  /** Removes the temporary name; always call it at the end. */
  discard(): Promise<void>;
}

/** Begins a file in `folder` (which must be on the same file system as its later place). */
export async function beginFile(folder: string): Promise<PendingFile> {
  const temporary = join(folder, `${randomUUID()}.tmp`);
  const file = await openNew(temporary, folder);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  return {
    write: async (chunk) => {
      await file.writeFile(chunk);
    },
    async commit(path) {
      if (isOpen) await file.sync();
      await close();
      const isNew = await linkTo(temporary, path);
      await syncFolder(dirname(path));
      return isNew;
    },
    async discard() {
      await close();
      await unlink(temporary);
    },
  };
}

async function openNew(path: string, folder: string) {
  try {
    return await open(path, "wx");
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
    await makeFolder(folder);
    return open(path, "wx");
  }
}

async function linkTo(temporary: string, path: string): Promise<boolean> {
  for (;;) {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      if (isCode(error, "EEXIST")) return false;
      if (!isCode(error, "ENOENT")) throw error;
      // The folder is missing, else the temporary file is, and then this throws.
      await stat(temporary);
      await makeFolder(dirname(path));
    }
  }
}

/** Removes what killed processes have left behind. Files of running ones are too young to be touched. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await listFolder(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(ignore("ENOENT"));
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) {
      await unlink(path).catch(ignore("ENOENT"));
    }
  }
}

/** Names in a folder; none if there is no folder. */
export async function listFolder(path: string): Promise<string[]> {
  return (await readdir(path).catch(ignore("ENOENT"))) ?? [];
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** For `.catch`: undefined for errors of this code, all others travel on. */
export function ignore(code: string): (error: unknown) => undefined {
  return (error) => {
    if (!isCode(error, code)) throw error;
    return undefined;
  };
}
