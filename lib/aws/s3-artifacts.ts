/**
 * The port `Artifacts` on S3: `artifacts/HEX` after the hex digits of the digest, written once and
 * checked whenever it is read.
 */
import { createHash } from "node:crypto";
import { OBJECTS, RETENTION_TAG } from "../runtime/deployed.ts";
import { ArtifactCorrupt, ArtifactNotFound } from "../runtime/errors.ts";
import type { ArtifactRef, Artifacts } from "../runtime/ports.ts";
import type { ObjectInfo, S3Objects } from "./s3-objects.ts";
import { uploadFile } from "./s3-upload.ts";
import { hasStatus } from "./service-error.ts";
import { spool } from "./spool.ts";

/** From this size on it pays to ask first whether the bytes are there already. */
const ASK_FIRST_BYTES = 256 * 1024;

export interface S3ArtifactsOptions {
  /** Retention class; lifecycle rules go by it. */
  readonly retention?: string;
  /** Bytes of a stream that are held in memory; the rest goes through a file in the temp folder. */
  readonly memoryBytes?: number;
  /** Bytes of a part of a large object, 5 MiB or more; so much is held in memory per upload. */
  readonly partBytes?: number;
}

export class S3Artifacts implements Artifacts {
  readonly #objects: S3Objects;
  readonly #options: S3ArtifactsOptions;

  constructor(objects: S3Objects, options: S3ArtifactsOptions = {}) {
    this.#objects = objects;
    this.#options = options;
  }

  async put(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    info: { readonly mediaType: string; readonly name?: string },
  ): Promise<ArtifactRef> {
    const { digest, bytes } =
      body instanceof Uint8Array
        ? await this.#putBytes(body, info.mediaType)
        : await this.#putStream(body, info.mediaType);
    return {
      $artifact: digest,
      bytes,
      mediaType: info.mediaType,
      ...(info.name !== undefined && { name: info.name }),
    };
  }

  async #putBytes(body: Uint8Array, mediaType: string) {
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    const stored = { digest, bytes: body.byteLength };
    if (body.byteLength >= ASK_FIRST_BYTES && (await this.#isThere(digest))) return stored;
    await this.#objects.putOnce(keyOf(digest), body, this.#info(mediaType));
    return stored;
  }

  /** The key is known only when the last byte has come, so a long stream waits in a file. */
  async #putStream(body: AsyncIterable<Uint8Array>, mediaType: string) {
    const spooled = await spool(body, this.#options.memoryBytes);
    try {
      if (spooled.body) return await this.#putBytes(spooled.body, mediaType);
      const { digest, bytes, path } = spooled;
      if (!(await this.#isThere(digest))) {
        await uploadFile(this.#objects, keyOf(digest), path, {
          ...this.#info(mediaType),
          partBytes: this.#options.partBytes,
        });
      }
      return { digest, bytes };
    } finally {
      await spooled.remove();
    }
  }

  async *open(digest: string): AsyncGenerator<Uint8Array> {
    const body = await this.#body(digest);
    const hash = createHash("sha256");
    let held: Uint8Array | undefined;
    for await (const chunk of body) {
      hash.update(chunk);
      // One behind: nobody gets the last bytes, and so the whole, before the digest is checked.
      if (held) yield held;
      held = chunk;
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
    return isDigest(digest) ? this.#objects.stat(keyOf(digest)) : undefined;
  }

  async #body(digest: string): Promise<AsyncIterable<Uint8Array>> {
    try {
      const body = isDigest(digest) ? await this.#objects.open(keyOf(digest)) : undefined;
      if (body) return body;
    } catch (error) {
      if (!hasStatus(error, 403)) throw error;
      // To whoever may not list the bucket, S3 does not say whether there is such an object.
      throw new ArtifactNotFound(
        `There is no artifact ${digest}, or it may not be read: ${error.message}`,
        { cause: error },
      );
    }
    throw new ArtifactNotFound(`There is no artifact ${digest}.`);
  }

  /** Only saves an upload: where S3 does not tell, the conditional write decides. */
  async #isThere(digest: string): Promise<boolean> {
    try {
      return (await this.stat(digest)) !== undefined;
    } catch (error) {
      if (hasStatus(error, 403)) return false;
      throw error;
    }
  }

  #info(mediaType: string): ObjectInfo {
    const { retention } = this.#options;
    return { mediaType, ...(retention !== undefined && { tags: { [RETENTION_TAG]: retention } }) };
  }
}

/** Also keeps anything that is no digest from naming an object. */
function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

function keyOf(digest: string): string {
  return `${OBJECTS.artifacts}${digest.slice("sha256:".length)}`;
}
