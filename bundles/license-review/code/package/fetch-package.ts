/** Gets the few files of a published npm package that speak of its licence. Nothing is unpacked or run. */
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
  /** Files that are read of one package. */
  read: 20,
};

export interface PackageFile {
  /** Path inside the package. */
  readonly path: string;
  readonly text: string;
  /** `sha256:…` of the whole file. */
  readonly digest: string;
}

/** The package cannot be looked into; `message` says why, for the report. */
export class PackageUnavailable extends Error {
  override readonly name = "PackageUnavailable";
}

/** The files at the top of a package, or in a folder of licences, that may hold one. */
const LICENCE_FILE =
  /^(?:licen[sc]es?\/)?(?:(?:un)?licen[sc]es?|copying|[a-z0-9.]+-licen[sc]e|copyright)(?:[-._ ][a-z0-9-._ ]*)?$/i;
const IN_LICENCE_FOLDER = /^licen[sc]es?\/[^/]+(?:\.(?:txt|md))?$/i;
const CODE = /\.(?:[cm]?[jt]sx?|json|map|ya?ml|css|png|svg|snap|d\.ts)$/i;

export function isLicenceFile(path: string): boolean {
  return (LICENCE_FILE.test(path) || IN_LICENCE_FOLDER.test(path)) && !CODE.test(path);
}

function isWanted(path: string): boolean {
  return isLicenceFile(path) || path === "package.json" || /^readme(?:\.[a-z]+)?$/i.test(path);
}

/**
 * Reads them from npm's own cache if it has the package, else from the registry. With `integrity`
 * the archive must match it, and the cache answers without any network; without, the registry's own
 * metadata vouches for the archive. Throws `PackageUnavailable`.
 */
export async function fetchPackage(
  name: string,
  version: string,
  integrity: string | null,
  options: {
    readonly registry: string;
    readonly cache?: string;
    readonly signal?: AbortSignal;
    readonly limits?: Partial<typeof LIMITS>;
  },
): Promise<PackageFile[]> {
  const limits = { ...LIMITS, ...options.limits };
  const archive = `${name}/-/${name.replace(/^@[^/]+\//, "")}-${version}.tgz`;
  try {
    return await pacote.tarball.stream(
      `${name}@${version}`,
      (stream) => readFiles(stream, limits),
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
async function readFiles(
  stream: NodeJS.ReadableStream,
  limits: typeof LIMITS,
): Promise<PackageFile[]> {
  const files: PackageFile[] = [];
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
      // npm names the folder at the top "package", others otherwise; it is always exactly one.
      const path = entry.path.replace(/^[^/]*\//, "");
      const isFile = entry.type === "File" || entry.type === "OldFile";
      if (!failure && isFile && isWanted(path) && files.length < limits.read) {
        collect(entry, path, files, limits.file);
      } else {
        entry.resume();
      }
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
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function collect(entry: ReadEntry, path: string, files: PackageFile[], limit: number): void {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let bytes = 0;
  entry.on("data", (chunk: Buffer) => {
    hash.update(chunk);
    if (bytes < limit) kept.push(chunk.subarray(0, limit - bytes));
    bytes += chunk.length;
  });
  entry.on("end", () => {
    const text = new TextDecoder().decode(Buffer.concat(kept));
    files.push({ path, text, digest: `sha256:${hash.digest("hex")}` });
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
