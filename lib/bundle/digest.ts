/** What identifies a bundle: everything in it that can make a difference to a run. */
import { createHash } from "node:crypto";

/** Changes whenever the listing below, or what compiled code is, changes. */
const FORMAT = "espalier-bundle 1";

/** `sha256:` and 64 hex digits over the bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * The digest of a listing, one line a part: path (as JSON, so that no name can look like another
 * line), length, digest of the bytes; sorted by path, behind a line that names the format.
 */
export function digestOf(parts: ReadonlyMap<string, Uint8Array | string>): string {
  const lines = [...parts]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([path, content]) => {
      const bytes = Buffer.from(content);
      return `${JSON.stringify(path)} ${bytes.byteLength} ${sha256(bytes)}`;
    });
  return sha256(`${[FORMAT, ...lines].join("\n")}\n`);
}
