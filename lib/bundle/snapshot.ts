/** The immutable copy of a bundle and its plan, in a folder named by the digest. */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { staysInside } from "../manifest/values.ts";
import { digestOf, sha256 } from "./digest.ts";

/** A snapshot that is missing, or is not what was written. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly reason: "missing" | "corrupt";

  constructor(reason: "missing" | "corrupt", message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Beside the files: what they were when they were written. */
const LISTING = "snapshot.json";

const DRAFT = ".draft-";

const Listing = z.strictObject({
  format: z.literal(1),
  /** Digest of the bundle: also the folder's name. */
  digest: z.string(),
  /** `digestOf` all files: a listing that was changed does not match it. */
  content: z.string(),
  files: z.record(z.string(), z.strictObject({ bytes: z.int(), digest: z.string() })),
});

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
  const draft = join(store, `${DRAFT}${randomUUID()}`);
  try {
    const listed: Record<string, { bytes: number; digest: string }> = {};
    for (const [path, content] of files) {
      const bytes = Buffer.from(content);
      listed[path] = { bytes: bytes.byteLength, digest: sha256(bytes) };
      await writeFlushed(join(draft, path), bytes);
    }
    const listing = { format: 1, digest, content: digestOf(files), files: listed };
    await writeFlushed(join(draft, LISTING), Buffer.from(`${JSON.stringify(listing, null, 2)}\n`));
    await rename(draft, folder).catch(async (error: unknown) => {
      // Another process was quicker: the same digest, so the same content.
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Removes what writers that were killed have left. Only while nobody writes. */
export async function removeDrafts(store: string): Promise<void> {
  const names = await readdir(store).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(DRAFT))) {
    await rm(join(store, name), { recursive: true, force: true });
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
  const listing = Listing.safeParse(parseJson(text)).data;
  if (listing?.digest !== digest) throw corrupt(`${LISTING} is not what was written`);
  const files = new Map<string, Uint8Array>();
  for (const [path, { bytes, digest: expected }] of Object.entries(listing.files)) {
    if (!staysInside(path)) throw corrupt(`${LISTING} names "${path}"`);
    const found = await readFile(join(folder, path)).catch(() => undefined);
    if (found === undefined) throw corrupt(`${path} is missing`);
    if (found.byteLength !== bytes || sha256(found) !== expected) {
      throw corrupt(`${path} has other content`);
    }
    files.set(path, found);
  }
  if (digestOf(files) !== listing.content) throw corrupt(`${LISTING} is not what was written`);
  const present = await readdir(folder, { recursive: true, withFileTypes: true });
  if (present.filter((entry) => !entry.isDirectory()).length !== files.size + 1) {
    throw corrupt("it holds files that were not written with it");
  }
  return files;
}

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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
