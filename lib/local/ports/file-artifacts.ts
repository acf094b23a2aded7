/**
 * Artifacts as files: `FOLDER/ab/abcdef…` after the hex digits of their digest. Written once, checked
 * whenever they are read.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactCorrupt, ArtifactNotFound } from "../../runtime/errors.ts";
import type { ArtifactRef, Artifacts } from "../../runtime/ports.ts";
import { beginFile, ignore, isCode, removeAbandoned } from "./durable-file.ts";

/** Large enough for few calls, small enough that many streams fit into memory. */
const CHUNK_BYTES = 256 * 1024;

export class FileArtifacts implements Artifacts {
  readonly #folder: string;
  readonly #pending: string;

  /** The folder is made when something is stored. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#pending = join(folder, "pending");
  }

  /** Removes what killed writers have left. Safe at any time, also beside running writers. */
  async tidy(): Promise<void> {
    await removeAbandoned(this.#pending);
  }

  async put(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    info: { readonly mediaType: string; readonly name?: string },
  ): Promise<ArtifactRef> {
    const { digest, bytes } = await this.#store(body);
    return {
      $artifact: digest,
      bytes,
      mediaType: info.mediaType,
      ...(info.name !== undefined && { name: info.name }),
    };
  }

  async #store(
    body: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<{ digest: string; bytes: number }> {
    if (body instanceof Uint8Array) {
      const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
      const standing = await this.stat(digest);
      if (standing?.bytes === body.byteLength) return { digest, bytes: body.byteLength };
    }
    const file = await beginFile(this.#pending);
    try {
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        hash.update(chunk);
        bytes += chunk.byteLength;
        await file.write(chunk);
      }
      const digest = `sha256:${hash.digest("hex")}`;
      await this.#commit(digest, bytes, (path) => file.commit(path));
      return { digest, bytes };
    } finally {
      await file.discard();
    }
  }

  async #commit(
    digest: string,
    bytes: number,
    commit: (path: string) => Promise<boolean>,
  ): Promise<void> {
    const path = this.#pathOf(digest);
    while (!(await commit(path))) {
      const standing = await stat(path).catch(ignore("ENOENT"));
      if (standing?.size === bytes) return;
      // Cut or overgrown by whoever else writes to this disk: what we have is what it should be.
      if (standing) await unlink(path).catch(ignore("ENOENT"));
    }
  }

  async *open(digest: string): AsyncGenerator<Uint8Array> {
    if (!isDigest(digest)) throw notFound(digest);
    const hash = createHash("sha256");
    const stream = createReadStream(this.#pathOf(digest), { highWaterMark: CHUNK_BYTES });
    let held: Buffer | undefined;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        hash.update(chunk);
        // One behind: nobody gets the last bytes, and so the whole, before the digest is checked.
        if (held) yield held;
        held = chunk;
      }
    } catch (error) {
      if (isCode(error, "ENOENT")) throw notFound(digest);
      throw error;
    }
    const found = `sha256:${hash.digest("hex")}`;
    if (found !== digest) {
      throw new ArtifactCorrupt(
        `The artifact ${digest} is damaged: its bytes now have the digest ${found}.`,
      );
    }
    if (held) yield held;
  }

  async stat(digest: string): Promise<{ readonly bytes: number } | undefined> {
    if (!isDigest(digest)) return undefined;
    const found = await stat(this.#pathOf(digest)).catch(ignore("ENOENT"));
    return found && { bytes: found.size };
  }

  /** A folder for each first byte: directories stay small, and what is whose stays readable. */
  #pathOf(digest: string): string {
    const hex = digest.slice("sha256:".length);
    return join(this.#folder, hex.slice(0, 2), hex);
  }
}

/** Also keeps anything that is no digest from naming a file. */
function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

function notFound(digest: string): ArtifactNotFound {
  return new ArtifactNotFound(`There is no artifact ${digest}.`);
}
