/** A bundle as a deployment keeps it: read from wherever it is, and proven to be what its digest says. */
import { z } from "zod";
import { staysInside } from "../manifest/values.ts";
import { bundleDigest, contentOfFiles } from "./bundle-files.ts";
import { type Listed, sha256 } from "./digest.ts";
import { MANIFEST_FILE } from "./find-bundles.ts";
import type { BundleContent } from "./lock/part.ts";
import { objectOf, yamlOf } from "./lock/part-value.ts";
import { SnapshotError } from "./snapshot.ts";

/** Undefined: there is no such file. */
export interface DeployedFiles {
  listing(): Promise<Uint8Array | undefined>;
  /** A file by its digest. */
  blob(digest: string): Promise<Uint8Array | undefined>;
}

export interface DeployedBundle {
  readonly digest: string;
  /** What its files are (`bundle-files.ts`). */
  readonly files: ReadonlyMap<string, Listed>;
  /** Reads and checks all files. Throws `SnapshotError`. */
  content(): Promise<BundleContent>;
}

const Listing = z.object({
  format: z.literal(1),
  files: z.record(z.string(), z.object({ bytes: z.int(), digest: z.string() })),
});

/** Files that are read at once. */
const AT_ONCE = 8;

/**
 * Reads the listing, which alone proves what the bundle is made of: its digest is over nothing else.
 * Throws `SnapshotError`.
 */
export async function openDeployedBundle(
  digest: string,
  read: DeployedFiles,
): Promise<DeployedBundle> {
  const text = await read.listing();
  if (text === undefined) {
    throw new SnapshotError("missing", `There is no snapshot of ${digest}.`);
  }
  const listing = Listing.safeParse(parseJson(text)).data;
  const files = new Map<string, Listed>(Object.entries(listing?.files ?? {}));
  if (listing === undefined || bundleDigest(files) !== digest) {
    throw corrupt(digest, "its listing is not that of this bundle");
  }
  return {
    digest,
    files,
    async content() {
      const found = new Map<string, Uint8Array>();
      const rest = [...files];
      const work = async () => {
        for (let next = rest.shift(); next; next = rest.shift()) {
          const [path, { digest: expected }] = next;
          if (!staysInside(path)) throw corrupt(digest, `its listing names "${path}"`);
          const bytes = await read.blob(expected);
          if (bytes === undefined) throw corrupt(digest, `${path} is missing`);
          if (sha256(bytes) !== expected) throw corrupt(digest, `${path} has other content`);
          found.set(path, bytes);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      // In the order of the listing, whichever came first.
      return contentOfFiles(
        new Map([...files.keys()].map((path) => [path, found.get(path) ?? EMPTY])),
      );
    },
  };
}

const EMPTY = Buffer.of();

/** Of a bundle's sources, those that its handlers read at run time, by the manifest. */
export function filesOfManifest({
  sources,
}: Pick<BundleContent, "sources">): ReadonlyMap<string, Uint8Array> {
  const { files } = objectOf(yamlOf(sources.get(MANIFEST_FILE), MANIFEST_FILE));
  const named = Array.isArray(files) ? files : [];
  return new Map(
    named.flatMap((path) => {
      const bytes = typeof path === "string" ? sources.get(path) : undefined;
      return bytes === undefined ? [] : [[String(path), bytes] as const];
    }),
  );
}

function corrupt(digest: string, what: string): SnapshotError {
  return new SnapshotError("corrupt", `The snapshot of ${digest} was changed: ${what}.`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
