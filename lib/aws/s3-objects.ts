/** Objects of one bucket, written once and read whole or as a stream. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { S3Client } from "./s3-calls.ts";
import { hasStatus, isServiceError } from "./service-error.ts";

/** What is written with an object, beside its bytes. */
export interface ObjectInfo {
  readonly mediaType: string;
  /** Tag and value by which lifecycle rules tell objects apart. */
  readonly tags?: Readonly<Record<string, string>>;
  /** `gzip` where the bytes are compressed. */
  readonly encoding?: string;
}

/** Two writers of one key at the same moment: S3 tells one of them to come again. */
const CONFLICT_TRIES = 5;

/** How often a read that breaks off in the middle is taken up again. */
const RESUMES = 4;

export class S3Objects {
  readonly #bucket: string;
  readonly #client: () => Promise<S3Client>;

  constructor(bucket: string, client: () => Promise<S3Client>) {
    this.#bucket = bucket;
    this.#client = client;
  }

  get bucket(): string {
    return this.#bucket;
  }

  async client(): Promise<{ client: S3Client; calls: typeof import("./s3-calls.ts").s3 }> {
    const [client, { s3 }] = await Promise.all([this.#client(), import("./s3-calls.ts")]);
    return { client, calls: s3 };
  }

  /**
   * Writes an object unless there is one (`If-None-Match: *`); says whether it was written. S3 checks
   * the SHA-256 that goes with it, so that what arrives is what was sent.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   */
  async putOnce(key: string, body: Uint8Array, info: ObjectInfo): Promise<boolean> {
    return once(() => this.#put(key, body, info, true));
  }

  /** Writes an object over what may be there. */
  async put(key: string, body: Uint8Array, info: ObjectInfo): Promise<void> {
    await this.#put(key, body, info, false);
  }

  async #put(key: string, body: Uint8Array, info: ObjectInfo, isOnce: boolean): Promise<void> {
    const { client, calls } = await this.client();
    await client.send(
      new calls.put({
        Bucket: this.#bucket,
        Key: key,
        Body: body,
        ContentLength: body.byteLength,
        ChecksumSHA256: sha256Base64(body),
        ...headersOf(info),
        ...(isOnce && { IfNoneMatch: "*" }),
      }),
    );
  }

  /** Size in bytes; undefined if there is no such object. */
  async stat(key: string): Promise<{ readonly bytes: number } | undefined> {
    const { client, calls } = await this.client();
    try {
      const { ContentLength } = await client.send(
        new calls.head({ Bucket: this.#bucket, Key: key }),
      );
      return { bytes: ContentLength ?? 0 };
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** The bytes as they come, or undefined if there is no such object. */
  async open(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const first = await this.#get(key, 0);
    return first && this.#resumed(key, first);
  }

  /** All bytes; undefined if there is no such object. Only for what fits into memory. */
  async read(key: string): Promise<Buffer | undefined> {
    const stream = await this.open(key);
    if (!stream) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** Keys that begin with `prefix`, in their order. */
  async *keys(prefix: string): AsyncGenerator<string> {
    const { client, calls } = await this.client();
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new calls.list({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken }),
      );
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async #get(key: string, from: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { client, calls } = await this.client();
    try {
      const { Body } = await client.send(
        new calls.get({
          Bucket: this.#bucket,
          Key: key,
          ...(from > 0 && { Range: `bytes=${from}-` }),
        }),
      );
      return (Body ?? []) as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (isServiceError(error, "NoSuchKey", "NotFound")) return undefined;
      throw error;
    }
  }

  /** The client retries until the headers have come; a body that breaks off is ours to take up. */
  async *#resumed(
    key: string,
    first: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let body: AsyncIterable<Uint8Array> | undefined = first;
    let read = 0;
    for (let resumes = 0; ; resumes += 1) {
      try {
        for await (const chunk of body ?? []) {
          read += chunk.byteLength;
          yield chunk;
        }
        return;
      } catch (error) {
        if (resumes === RESUMES) throw error;
      }
      await sleep(Math.random() * 100 * 2 ** resumes);
      try {
        body = await this.#get(key, read);
      } catch (error) {
        // It broke off after its very last byte.
        if (hasStatus(error, 416)) return;
        throw error;
      }
    }
  }
}

/** Runs a conditional write; false if the object was there already. */
export async function once(write: () => Promise<unknown>): Promise<boolean> {
  for (let tried = 1; ; tried += 1) {
    try {
      await write();
      return true;
    } catch (error) {
      if (hasStatus(error, 412)) return false;
      if (!hasStatus(error, 409) || tried === CONFLICT_TRIES) throw error;
      await sleep(Math.random() * 50 * 2 ** tried);
    }
  }
}

/** A header takes printable ASCII only, and S3 takes any of that. */
export function headersOf({ mediaType, tags, encoding }: ObjectInfo): {
  ContentType: string;
  Tagging?: string;
  ContentEncoding?: string;
} {
  const isHeader = /^[\x20-\x7e]{1,255}$/.test(mediaType);
  return {
    ContentType: isHeader ? mediaType : "application/octet-stream",
    ...(tags && { Tagging: new URLSearchParams(tags).toString() }),
    ...(encoding !== undefined && { ContentEncoding: encoding }),
  };
}

export function sha256Base64(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("base64");
}
