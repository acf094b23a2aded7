/** Handles on documents. Free of zod, because every function loads this file. */
import { createHash } from "node:crypto";
import type { Json } from "./json.ts";
import type { ArtifactRef, Artifacts } from "./ports.ts";

/** A document, wherever its bytes are. Reads anew with each call: nothing is kept in memory. */
export interface ArtifactHandle {
  /** `sha256:` and 64 hex digits over the bytes. */
  readonly digest: string;
  readonly bytes: number;
  readonly mediaType: string;
  readonly name: string | undefined;
  /** The bytes as they come. Throws `ArtifactNotFound` and `ArtifactCorrupt`. */
  stream(): AsyncIterable<Uint8Array>;
  /** All bytes as UTF-8 text (a byte order mark is dropped). */
  text(): Promise<string>;
  /** All bytes parsed as JSON. Throws `SyntaxError`. */
  json(): Promise<unknown>;
  /** What travels: a reference, or the inline value itself. */
  toJSON(): Json | ArtifactRef;
}

/** A handle on stored bytes. */
export function storedArtifact(
  reference: ArtifactRef,
  artifacts: Pick<Artifacts, "open">,
): ArtifactHandle {
  return makeHandle(reference, reference.$artifact, () => artifacts.open(reference.$artifact));
}

/** A handle on a document that travels in the value itself. */
export function inlineArtifact(value: Json): ArtifactHandle {
  const isText = typeof value === "string";
  const body = Buffer.from(isText ? value : JSON.stringify(value));
  const info = {
    bytes: body.byteLength,
    mediaType: isText ? "text/plain; charset=utf-8" : "application/json",
  };
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  return makeHandle(info, digest, () => once(body), value);
}

const HANDLE = Symbol.for("espalier.artifact");

function makeHandle(
  info: Omit<ArtifactRef, "$artifact">,
  digest: string,
  stream: () => AsyncIterable<Uint8Array>,
  inline?: Json,
): ArtifactHandle {
  const { bytes, mediaType, name } = info;
  const text = async () => new TextDecoder().decode(await readAll(stream()));
  const handle: ArtifactHandle = {
    digest,
    bytes,
    mediaType,
    name,
    stream,
    text,
    json: async () => JSON.parse(await text()) as unknown,
    toJSON: () =>
      inline ?? { $artifact: digest, bytes, mediaType, ...(name !== undefined && { name }) },
  };
  return Object.defineProperty(handle, HANDLE, { value: true });
}

export function isHandle(value: unknown): value is ArtifactHandle {
  return typeof value === "object" && value !== null && HANDLE in value;
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** Collects a stream into one array of bytes. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
