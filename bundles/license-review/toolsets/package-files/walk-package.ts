/**
 * Walks through the archive of a published npm package. Nothing is unpacked, written or run: paths are
 * names of entries in an archive and never touch a file system.
 */
import { createHash } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import pacote from "pacote";
import { Parser, type ReadEntry } from "tar";

export const LIMITS = {
  /** Bytes of the archive, and of all files in it (a small archive may hold a large zero). */
  archive: 64 * 1024 * 1024,
  unpacked: 512 * 1024 * 1024,
  files: 50_000,
  /** Bytes that are read of one file. */
  file: 512 * 1024,
  /** Files that are read in one walk. */
  read: 20,
};

export interface PackageSpec {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the archive; null where nobody knows it. */
  readonly integrity: string | null;
}

export interface WalkOptions {
  readonly registry: string;
  /** Default: npm's own. */
  readonly cache?: string;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<typeof LIMITS>;
}

export interface PackageEntry {
  /** Path inside the package. */
  readonly path: string;
  readonly bytes: number;
}

export interface ReadFile {
  /** The first bytes, up to the limit. */
  readonly body: Uint8Array;
  /** `sha256:…` of the whole file. */
  readonly digest: string;
}

/** The package cannot be looked into; `message` says why, for the report. */
export class PackageUnavailable extends Error {
  override readonly name = "PackageUnavailable";
}

export interface Walked {
  /** Of two entries with one path the last, as an unpacker would leave it. */
  readonly entries: readonly PackageEntry[];
  readonly files: ReadonlyMap<string, ReadFile>;
}

/**
 * Every file of the package, and the contents of those that `isWanted`; links and other entries are no
 * files. Read from npm's own cache if it has the package, else from the registry. With `integrity` the
 * archive must match it, and the cache answers without any network; without, the registry's own
 * metadata vouches for the archive. Throws `PackageUnavailable`.
 */
export async function walkPackage(
  { name, version, integrity }: PackageSpec,
  isWanted: (path: string) => boolean,
  options: WalkOptions,
): Promise<Walked> {
  const limits = { ...LIMITS, ...options.limits };
  const archive = `${name}/-/${name.replace(/^@[^/]+\//, "")}-${version}.tgz`;
  try {
    return await pacote.tarball.stream(
      `${name}@${version}`,
      (stream) => readArchive(stream, isWanted, limits),
      {
        registry: options.registry,
        cache: options.cache ?? npmCache(),
        preferOffline: true,
        timeout: 15_000,
        // Whether it is worth another try is the manifest's business.
        fetchRetries: 0,
        ...(options.signal && { signal: options.signal }),
        ...(integrity && { integrity, resolved: new URL(archive, slashed(options.registry)).href }),
      },
    );
  } catch (error) {
    if (error instanceof PackageUnavailable) throw error;
    throw new PackageUnavailable(explain(error));
  }
}

/** Called anew for the cache and for the network, so it keeps nothing between calls. */
async function readArchive(
  stream: NodeJS.ReadableStream,
  isWanted: (path: string) => boolean,
  limits: typeof LIMITS,
): Promise<Walked> {
  const sizes = new Map<string, number>();
  const files = new Map<string, ReadFile>();
  let archive = 0;
  let unpacked = 0;
  let entries = 0;
  let failure: Error | undefined;
  const parser = new Parser({
    onReadEntry(entry) {
      entries += 1;
      unpacked += entry.size;
      if (entries > limits.files) failure ??= tooLarge(`${limits.files} files`);
      if (unpacked > limits.unpacked) failure ??= tooLarge(`${limits.unpacked} bytes`);
      const path = pathInPackage(entry);
      if (failure || path === undefined) return void entry.resume();
      sizes.set(path, entry.size);
      const isRoom = files.has(path) || files.size < limits.read;
      if (isWanted(path) && isRoom) collect(entry, path, files, limits.file);
      else entry.resume();
    },
  });
  await new Promise<void>((resolve, reject) => {
    stream.on("error", reject);
    parser.on("error", reject);
    // Other warnings are about single entries, which old packages have odd ones of.
    parser.on("warn", (code) => {
      if (code === "TAR_BAD_ARCHIVE") failure ??= new PackageUnavailable("its archive is broken");
    });
    parser.on("end", resolve);
    stream.on("data", (chunk: Buffer) => {
      archive += chunk.length;
      if (archive > limits.archive) failure ??= tooLarge(`an archive of ${limits.archive} bytes`);
      if (!failure) return void parser.write(chunk);
      reject(failure);
      (stream as Partial<Readable>).destroy?.();
    });
    stream.on("end", () => parser.end());
  });
  if (failure) throw failure;
  return {
    entries: [...sizes]
      .map(([path, bytes]) => ({ path, bytes }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    files,
  };
}

/** Undefined for what is no file, and for names that would lead out of the package. */
function pathInPackage({ path, type }: ReadEntry): string | undefined {
  if (type !== "File" && type !== "OldFile") return undefined;
  // npm names the folder at the top "package", others otherwise; it is always exactly one.
  const inside = path.replace(/^[^/]*\//, "");
  const isPlain = inside !== "" && !inside.startsWith("/") && !/[\\\0]/.test(inside);
  return isPlain && !inside.split("/").includes("..") ? inside : undefined;
}

function collect(
  entry: ReadEntry,
  path: string,
  files: Map<string, ReadFile>,
  limit: number,
): void {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let bytes = 0;
  // Its place is taken from its first byte on, so that the limit of files holds.
  files.set(path, { body: Buffer.alloc(0), digest: "" });
  entry.on("data", (chunk: Buffer) => {
    hash.update(chunk);
    if (bytes < limit) kept.push(chunk.subarray(0, limit - bytes));
    bytes += chunk.length;
  });
  entry.on("end", () => {
    files.set(path, { body: Buffer.concat(kept), digest: `sha256:${hash.digest("hex")}` });
  });
}

function tooLarge(limit: string): PackageUnavailable {
  return new PackageUnavailable(`the package is larger than the limit of ${limit}`);
}

function explain(error: unknown): string {
  const { code, statusCode, message } = error as {
    code?: string;
    statusCode?: number;
    message?: string;
  };
  if (code === "EINTEGRITY") return "the archive does not match its digest";
  if (statusCode === 404 || code === "ETARGET") return "the registry does not have it";
  if (statusCode === 401 || statusCode === 403) return "the registry does not give it out";
  if (code?.startsWith("TAR_") || code?.startsWith("Z_")) return `its archive is broken (${code})`;
  return `it is not in the cache, and the registry cannot be reached (${code ?? message ?? "unknown"})`;
}

/** The cache that npm itself fills; a function in the cloud can write only to its temp folder. */
function npmCache(): string {
  const root = process.env.LAMBDA_TASK_ROOT ? tmpdir() : homedir();
  return join(process.env.npm_config_cache ?? join(root, ".npm"), "_cacache");
}

function slashed(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
