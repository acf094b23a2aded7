/**
 * `artifact()`: a contract's word for a document that may be large. In a state machine it travels as a
 * reference (or, if it is small, inline); the handler gets a handle and never sees the difference.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import * as z from "zod";
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

export type ArtifactSchema = z.ZodType<ArtifactHandle, ArtifactRef | ArtifactHandle>;

/** Which boundary is being parsed: inputs may be inline, outputs are stored. */
interface Scope {
  readonly side: "input" | "output";
  readonly artifacts: Pick<Artifacts, "open">;
}

const scope = new AsyncLocalStorage<Scope>();

/** Parses with `artifact()` bound to a store. Only the step wrapper calls this. */
export function parseWithArtifacts<T>(
  side: Scope["side"],
  artifacts: Pick<Artifacts, "open">,
  parse: () => Promise<T>,
): Promise<T> {
  return scope.run({ side, artifacts }, parse);
}

const Reference = z.object({
  $artifact: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
  mediaType: z.string(),
  name: z.string().exactOptional(),
}) satisfies z.ZodType<ArtifactRef>;

const EXPECTED = {
  input: "expected an artifact: a reference to one, or the document itself",
  output: "expected an artifact: what `artifacts.put(...)` returned, or an artifact of the input",
};

/**
 * The schema of a document. In an input it takes a reference or any inline JSON value (a string is
 * text, everything else is JSON); in an output what `artifacts.put` gave, or a handle of the input.
 */
export function artifact(): ArtifactSchema {
  const present = z.custom<unknown>((value) => value !== undefined, EXPECTED.input);
  const handle = z.transform((value: unknown, context) => {
    const { side, artifacts } = scope.getStore() ?? { side: "input", artifacts: nowhere };
    if (isHandle(value)) return value;
    const reference = Reference.safeParse(value);
    if (reference.success) return storedArtifact(reference.data, artifacts);
    if (side === "input" && !looksLikeReference(value)) return inlineArtifact(value as Json);
    context.addIssue({ code: "custom", message: EXPECTED[side], input: value });
    return z.NEVER;
  });
  // On these very instances: `.meta()` would mark copies, and leave their parents unmarked.
  for (const schema of [present, handle]) z.globalRegistry.add(schema, { "x-artifact": true });
  return z.pipe(present, handle) as z.ZodType as ArtifactSchema;
}

/** A handle on stored bytes. */
export function storedArtifact(
  reference: ArtifactRef,
  artifacts: Pick<Artifacts, "open">,
): ArtifactHandle {
  return makeHandle(reference, reference.$artifact, () => artifacts.open(reference.$artifact));
}

function inlineArtifact(value: Json): ArtifactHandle {
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

function isHandle(value: unknown): value is ArtifactHandle {
  return typeof value === "object" && value !== null && HANDLE in value;
}

/** A broken reference is a mistake; it must not pass as an inline document. */
function looksLikeReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && "$artifact" in value;
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

const nowhere: Pick<Artifacts, "open"> = {
  open: () => {
    throw new TypeError(
      "This artifact was parsed outside of a step; there is no store to read from.",
    );
  },
};
