/**
 * The immutable copy of a bundle and its plan, in a folder named by the digest. What several bundles
 * have in common is stored once: their files are hard links to `.blobs/HEX`.
 */
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { staysInside } from "../manifest/values.ts";
import { sha256 } from "./digest.ts";
import { LISTING, listingOf, parseListing, problemsOf } from "./snapshot-listing.ts";

/** A snapshot that is missing, or is not what was written. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly reason: "missing" | "corrupt";

  constructor(reason: "missing" | "corrupt", message: string) {
    super(message);
    this.reason = reason;
  }
}

/** `.draft-PID-UUID`: who writes it. */
const DRAFT = ".draft-";

/** By digest, every file that a snapshot of the store has. */
const BLOBS = ".blobs";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The folder of a snapshot. A colon may not stand in names of files everywhere. */
export function snapshotFolder(store: string, digest: string): string {
  if (!DIGEST.test(digest)) throw new SnapshotError("missing", `"${digest}" is no digest.`);
  return join(store, digest.replace(":", "-"));
}

/**
 * Stores `files` (path → bytes; paths relative, with forward slashes) as the snapshot of `digest`.
 * All or nothing: written beside its place, flushed to disk, then renamed. One that is there already
 * stays as it is. Returns the folder. Throws `TypeError` for a path that would leave it.
 */
export async function writeSnapshot(
  store: string,
  digest: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<string> {
  const folder = snapshotFolder(store, digest);
  if (await isThere(folder)) return folder;
  for (const path of files.keys()) {
    if (!staysInside(path) || path === LISTING) {
      throw new TypeError(`"${path}" cannot be a path in a snapshot.`);
    }
  }
  const draft = join(store, `${DRAFT}${process.pid}-${randomUUID()}`);
  try {
    for (const [path, content] of files) {
      await linkBlob(store, Buffer.from(content), join(draft, path));
    }
    await writeFlushed(join(draft, LISTING), Buffer.from(listingOf(digest, files)));
    await rename(draft, folder).catch(async (error: unknown) => {
      // Another process was quicker: the same digest, so the same content.
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Removes what writers that were killed have left; others may be writing. */
export async function removeDrafts(store: string): Promise<void> {
  const names = await readdir(store).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(DRAFT))) {
    const [pid] = name.slice(DRAFT.length).split("-");
    if (!isAlive(Number(pid))) await rm(join(store, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Reads and verifies a snapshot: path → bytes. Throws `SnapshotError`, "missing" if there is none,
 * "corrupt" if a file is absent, too many, or has other bytes than were written.
 */
export async function readSnapshot(
  store: string,
  digest: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = snapshotFolder(store, digest);
  const text = await readFile(join(folder, LISTING), "utf8").catch(() => undefined);
  if (text === undefined) {
    throw new SnapshotError("missing", `There is no snapshot of ${digest} in ${store}.`);
  }
  const corrupt = (what: string) =>
    new SnapshotError("corrupt", `The snapshot ${folder} was changed: ${what}.`);
  const listing = parseListing(text);
  if (listing?.digest !== digest) throw corrupt(`${LISTING} is not what was written`);
  const files = new Map<string, Uint8Array>();
  const present = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of present) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/");
    if (path === LISTING || entry.isDirectory()) continue;
    if (!entry.isFile()) throw corrupt(`${path} is no file`);
    files.set(path, await readFile(join(folder, path)));
  }
  const problems = problemsOf(listing, files);
  if (problems.length > 0) {
    throw corrupt(problems.map(({ path, problem }) => `${path} ${problem}`).join("; "));
  }
  const ordered = Object.keys(listing.files).map(
    (path) => [path, files.get(path) ?? EMPTY] as const,
  );
  return new Map(ordered);
}

const EMPTY = Buffer.of();

async function isThere(folder: string): Promise<boolean> {
  const listing = await readFile(join(folder, LISTING)).catch(() => undefined);
  return listing !== undefined;
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes a file as a link to the blob of these bytes, which is written if it is new. */
async function linkBlob(store: string, bytes: Uint8Array, path: string): Promise<void> {
  const digest = sha256(bytes);
  const blob = join(store, BLOBS, digest.replace("sha256:", ""));
  await mkdir(dirname(path), { recursive: true });
  const standing = await readFile(blob).catch(() => undefined);
  // One that somebody wrote into would spoil this snapshot too.
  const isSound = standing !== undefined && sha256(standing) === digest;
  if (isSound && (await isLinked(blob, path))) return;
  await writeFlushed(path, bytes);
  if (standing !== undefined) return;
  await mkdir(dirname(blob), { recursive: true });
  await isLinked(path, blob);
}

/** False where there are no more links, or none at all: each file is then a copy. */
async function isLinked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    () => false,
  );
}
