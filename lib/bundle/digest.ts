/** What identifies a bundle: everything in it that can make a difference to a run. */
import { createHash } from "node:crypto";

/** Changes whenever the listing below, or what compiled code is, changes. */
const FORMAT = "espalier-bundle 1";

/** `sha256:` and 64 hex digits over the bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What a listing says of a file. */
export interface Listed {
  readonly bytes: number;
  readonly digest: string;
}

export function listedFiles(
  files: ReadonlyMap<string, Uint8Array | string>,
): ReadonlyMap<string, Listed> {
  return new Map(
    [...files].map(([path, content]) => {
      const bytes = Buffer.from(content);
      return [path, { bytes: bytes.byteLength, digest: sha256(bytes) }] as const;
    }),
  );
}

/**
 * The digest of a listing, one line a part: path (as JSON, so that no name can look like another
 * line), length, digest of the bytes; sorted by path, behind a line that names the format.
 */
export function digestOfListing(parts: ReadonlyMap<string, Listed>): string {
  const lines = [...parts]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([path, { bytes, digest }]) => `${JSON.stringify(path)} ${bytes} ${digest}`);
  return sha256(`${[FORMAT, ...lines].join("\n")}\n`);
}

/** The same of the parts themselves. */
export function digestOf(parts: ReadonlyMap<string, Uint8Array | string>): string {
  return digestOfListing(listedFiles(parts));
}
