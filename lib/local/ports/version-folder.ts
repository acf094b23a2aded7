/**
 * One item as a folder of versions, `000000000007.json`: the highest one is what stands. A version is
 * written by claiming its name with link(2), which at most one process can; so a write is either
 * there whole or not at all, and no lock is left behind by a process that dies.
 */
import { readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { beginFile, ignore, isCode, listFolder } from "./durable-file.ts";

/**
 * Older versions are removed once this many newer ones stand and a minute has gone by: a slow reader
 * finds its version, and a slow writer finds its number taken, and so learns that it has lost.
 */
const KEPT_VERSIONS = 64;
const KEPT_MS = 60_000;
/** Removed at one write, so that no write takes long. */
const REMOVED_AT_ONCE = 8;

export interface CurrentVersion {
  /** Counts the writes, deletions included. */
  readonly sequence: number;
  readonly text: string;
  readonly path: string;
}

/** What is known of a folder at one moment; `claimNext` builds on it. */
export interface FolderState {
  readonly folder: string;
  readonly current: CurrentVersion | undefined;
  readonly names: readonly string[];
  /** Of `performance.now()`, before the folder was read. */
  readonly readAt: number;
}

export async function readFolder(folder: string): Promise<FolderState> {
  for (;;) {
    const readAt = performance.now();
    const names = (await listFolder(folder)).filter((name) => name.endsWith(".json")).sort();
    const last = names.at(-1);
    if (last === undefined) return { folder, current: undefined, names, readAt };
    const path = join(folder, last);
    const text = await readFile(path, "utf8").catch(ignore("ENOENT"));
    // Removed in between: then a newer one stands.
    if (text === undefined) continue;
    return { folder, current: { sequence: sequenceOf(last), text, path }, names, readAt };
  }
}

/**
 * Writes the version after `state.current`; false if another writer was faster, and nothing is
 * written then. The bytes last when this returns.
 */
export async function claimNext(
  state: FolderState,
  text: string,
  pendingFolder: string,
): Promise<boolean> {
  const sequence = (state.current?.sequence ?? 0) + 1;
  const path = join(state.folder, nameOf(sequence));
  const file = await beginFile(pendingFolder);
  try {
    await file.write(Buffer.from(text));
    if (!(await file.commit(path))) return false;
  } finally {
    await file.discard();
  }
  if (performance.now() - state.readAt > KEPT_MS / 2 && (await isStale(state.folder, sequence))) {
    await unlink(path).catch(ignore("ENOENT"));
    return false;
  }
  await removeOld(state, sequence);
  return true;
}

/** Whether the number was free only because versions so old have been removed. */
async function isStale(folder: string, sequence: number): Promise<boolean> {
  const { current } = await readFolder(folder);
  return current !== undefined && current.sequence - sequence >= KEPT_VERSIONS;
}

async function removeOld({ folder, names }: FolderState, sequence: number): Promise<void> {
  const old = names.filter((name) => sequence - sequenceOf(name) > KEPT_VERSIONS);
  for (const name of old.slice(0, REMOVED_AT_ONCE)) {
    const path = join(folder, name);
    try {
      // Of ctime: it changes when the name is made, mtime already when the bytes are written.
      const { ctimeMs } = await stat(path);
      if (Date.now() - ctimeMs < KEPT_MS) return;
      await unlink(path);
    } catch (error) {
      if (!isCode(error, "ENOENT")) throw error;
    }
  }
}

function nameOf(sequence: number): string {
  return `${String(sequence).padStart(12, "0")}.json`;
}

function sequenceOf(name: string): number {
  return Number.parseInt(name, 10);
}
