import { createHash } from "node:crypto";
import { readAll } from "../runtime/artifact-handle.ts";
import type { Artifacts } from "../runtime/ports.ts";

/** Reads what is stored, and keeps what is new in memory: a replay leaves nothing behind. */
export function overlayArtifacts(stored: Pick<Artifacts, "open" | "stat">): Artifacts {
  const made = new Map<string, Uint8Array>();
  return {
    async put(body, { mediaType, name }) {
      const bytes = Buffer.from(body instanceof Uint8Array ? body : await readAll(body));
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      made.set(digest, bytes);
      const size = bytes.byteLength;
      return { $artifact: digest, bytes: size, mediaType, ...(name !== undefined && { name }) };
    },
    async *open(digest) {
      const bytes = made.get(digest);
      if (bytes) yield bytes;
      else yield* stored.open(digest);
    },
    async stat(digest) {
      const bytes = made.get(digest);
      return bytes ? { bytes: bytes.byteLength } : stored.stat(digest);
    },
  };
}
