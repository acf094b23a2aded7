/**
 * An index partition as a folder with an entry for each item in it. An entry is written before the
 * item that names it, and removed after the item that no longer does; each has a name of its own.
 * So every item is found, and an entry that its item does not name (its writer has lost, or died)
 * means nothing.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { RecordKey } from "../../runtime/ports.ts";
import { beginFile, ignore, listFolder } from "./durable-file.ts";
import { fileNameOf } from "./file-name.ts";

export interface IndexEntry {
  /** Name of the entry's file; what the item names. */
  readonly entry: string;
  readonly sort: string;
  /** Key of the item. */
  readonly key: RecordKey;
}

/** Writes an entry and returns its name. */
export async function addEntry(
  folder: string,
  sort: string,
  key: RecordKey,
  pendingFolder: string,
): Promise<string> {
  const entry = `${digestOf(sort, key)}-${randomBytes(8).toString("hex")}.json`;
  const file = await beginFile(pendingFolder);
  try {
    await file.write(Buffer.from(JSON.stringify({ sort, key })));
    await file.commit(join(folder, entry));
  } finally {
    await file.discard();
  }
  return entry;
}

export async function removeEntry(folder: string, entry: string): Promise<void> {
  await unlink(join(folder, entry)).catch(ignore("ENOENT"));
}

/** All entries, in no order; some may mean nothing. */
export async function readEntries(folder: string): Promise<IndexEntry[]> {
  const entries: IndexEntry[] = [];
  for (const entry of await listFolder(folder)) {
    const text = await readFile(join(folder, entry), "utf8").catch(ignore("ENOENT"));
    if (text === undefined) continue;
    const { sort, key } = JSON.parse(text) as Pick<IndexEntry, "sort" | "key">;
    entries.push({ entry, sort, key });
  }
  return entries;
}

export function indexFolderOf(root: string, index: string, partition: string): string {
  return join(root, fileNameOf(index), fileNameOf(partition));
}

function digestOf(sort: string, { partition, sort: own }: RecordKey): string {
  return createHash("sha256")
    .update(JSON.stringify([sort, partition, own]))
    .digest("hex")
    .slice(0, 32);
}
