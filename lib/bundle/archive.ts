/** A snapshot as one file: a tar archive, of which every byte follows from what is in it. */
import { extract, pack } from "tar-stream";
import { staysInside } from "../manifest/values.ts";
import { LISTING } from "./snapshot-listing.ts";

/** Of all files together: far more than any bundle has, and less than what fills a machine. */
const MAX_BYTES = 2 * 1024 ** 3;

export interface ArchiveProblem {
  readonly path: string;
  readonly problem: string;
}

/**
 * The bytes of the archive: the listing first, then all files in the order of their paths, with
 * neither times nor owners. It is not compressed, because what gzip writes differs between machines.
 */
export async function packArchive(
  files: ReadonlyMap<string, Uint8Array>,
  listing: string,
): Promise<Buffer> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const archive = pack();
  for (const [name, bytes] of [[LISTING, Buffer.from(listing)] as const, ...sorted]) {
    archive.entry({ name, mode: 0o644, mtime: new Date(0) }, Buffer.from(bytes));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export interface ReadArchive {
  /** Those that could be taken; nothing was written anywhere. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Entries that no snapshot has: links, paths that lead out, one path twice; or no archive at all. */
  readonly problems: readonly ArchiveProblem[];
}

/** Reads an archive, whoever made it. Never throws for what it holds. */
export async function readArchive(bytes: Uint8Array): Promise<ReadArchive> {
  const files = new Map<string, Uint8Array>();
  const problems: ArchiveProblem[] = [];
  let total = 0;
  const reader = extract();
  reader.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  try {
    for await (const entry of reader) {
      const { name, type, size = 0 } = entry.header;
      total += size;
      const problem =
        total > MAX_BYTES
          ? "makes more than 2 GiB"
          : type !== "file"
            ? `is a ${type ?? "thing"}, and no file`
            : !staysInside(name)
              ? "leads out of the snapshot"
              : files.has(name)
                ? "is there twice"
                : undefined;
      if (problem !== undefined) {
        problems.push({ path: name, problem });
        entry.resume();
        continue;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      files.set(name, Buffer.concat(chunks));
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push({ path: "the archive", problem: `cannot be read: ${reason}` });
  }
  return { files, problems };
}
