/** What stands in artifacts, so that a difference in one is told by its place there and not by a digest. */
import { readAll } from "../../runtime/artifact-handle.ts";
import type { Json } from "../../runtime/json.ts";
import type { Artifacts } from "../../runtime/ports.ts";
import { isObject } from "../request-of.ts";

/** Bytes; what is larger stays a digest. */
const MOST = 1024 * 1024;

/** By digest: JSON as a value, text as text. */
export type Contents = ReadonlyMap<string, Json>;

/** Of the artifacts that only one of both names; those that both name are the same. */
export async function artifactContents(
  old: readonly Json[],
  current: readonly Json[],
  artifacts: Pick<Artifacts, "open"> | undefined,
): Promise<Contents> {
  const [a, b] = [new Map<string, string>(), new Map<string, string>()];
  for (const value of old) collect(value, a);
  for (const value of current) collect(value, b);
  const contents = new Map<string, Json>();
  for (const [digest, mediaType] of new Map([...a, ...b])) {
    if ((a.has(digest) && b.has(digest)) || !artifacts) continue;
    // Not every artifact is at hand: of a run from elsewhere, or one that was withheld.
    const bytes = await readAll(artifacts.open(digest)).catch(() => undefined);
    const content = bytes && contentOf(bytes, mediaType);
    if (content !== undefined) contents.set(digest, content);
  }
  return contents;
}

/** The same value with contents in place of artifacts. */
export function withContents(value: Json, contents: Contents): Json {
  if (Array.isArray(value)) return value.map((each) => withContents(each, contents));
  if (!isObject(value)) return value;
  if (typeof value.$artifact === "string") return contents.get(value.$artifact) ?? value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withContents(each, contents)]),
  );
}

function collect(value: Json, found: Map<string, string>): void {
  if (Array.isArray(value)) for (const each of value) collect(each, found);
  if (!isObject(value)) return;
  const { $artifact: digest, mediaType, bytes } = value;
  if (typeof digest !== "string") for (const each of Object.values(value)) collect(each, found);
  else if (typeof bytes === "number" && bytes <= MOST) found.set(digest, String(mediaType));
}

function contentOf(bytes: Uint8Array, mediaType: string): Json | undefined {
  const text = Buffer.from(bytes).toString();
  if (mediaType.startsWith("text/")) return text;
  if (!/json$/.test(mediaType)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
