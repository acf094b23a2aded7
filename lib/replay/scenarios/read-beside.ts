/** Files of a scenario's folder, found without ever leaving it. */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { findInside } from "../../bundle/inside.ts";
import { staysInside } from "../../manifest/values.ts";
import { parseYaml } from "../../manifest/yaml.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";

/** Bytes of one file, unpacked. */
const MAX_BYTES = 64 * 1024 * 1024;

const decompress = promisify(gunzip);

/** Why a file is not what it has to be, in words that end a sentence. */
export class BesideError extends Error {
  override readonly name = "BesideError";
}

/** The bytes of a file of `folder`, unpacked where its name ends in .gz. Throws `BesideError`. */
export async function readBeside(folder: string, path: string): Promise<Buffer> {
  if (!staysInside(path)) throw new BesideError("it is no path inside the folder");
  const found = findInside(realpathSync(folder), path);
  if (found.path === undefined)
    throw new BesideError(found.reason.replace("the bundle has", "there is"));
  if (found.bytes > MAX_BYTES) throw new BesideError("it has more than 64 MiB");
  const bytes = await readFile(found.path);
  if (!path.endsWith(".gz")) return bytes;
  return decompress(bytes, { maxOutputLength: MAX_BYTES }).catch(() => {
    throw new BesideError("it is not compressed as its name says, or has more than 64 MiB");
  });
}

/** The value in a JSON or YAML file, packed or not. Throws `BesideError`. */
export async function readValue(folder: string, path: string): Promise<Json> {
  const text = (await readBeside(folder, path)).toString();
  if (/\.ya?ml$/.test(path)) {
    const { value, diagnostics } = parseYaml(text, path);
    const [first] = diagnostics;
    if (first) throw new BesideError(`line ${first.place?.line ?? 1}: ${first.message}`);
    return value as Json;
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new BesideError(`it is no JSON: ${(error as Error).message}`);
  }
}

export function digestOfBytes(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".json": "application/json",
  ".md": "text/markdown",
  ".txt": "text/plain",
  ".xml": "application/xml",
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
};

/** What a reference to a file found in a value was, and what it became. */
export interface Resolved {
  readonly value: Json;
  readonly artifacts: ReadonlyMap<string, Uint8Array>;
  readonly problems: readonly {
    readonly path: readonly (string | number)[];
    readonly message: string;
  }[];
}

/** Puts what `{ $json: FILE }` and `{ $file: FILE }` stand for in their places. Never throws. */
export async function resolveFiles(value: Json, folder: string): Promise<Resolved> {
  const artifacts = new Map<string, Uint8Array>();
  const problems: { path: readonly (string | number)[]; message: string }[] = [];
  const read = async (
    path: readonly (string | number)[],
    file: string,
    work: () => Promise<Json>,
  ) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BesideError)) throw error;
      problems.push({ path, message: `"${file}": ${error.message}` });
      return null;
    }
  };
  const go = async (each: Json, path: readonly (string | number)[]): Promise<Json> => {
    if (Array.isArray(each)) return Promise.all(each.map((item, i) => go(item, [...path, i])));
    if (typeof each !== "object" || each === null) return each;
    const { $json, $file, mediaType, name, ...more } = each;
    const isBare = Object.keys(more).length === 0;
    if (isBare && typeof $json === "string" && Object.keys(each).length === 1) {
      return read([...path, "$json"], $json, () => readValue(folder, $json));
    }
    if (isBare && typeof $file === "string") {
      return read([...path, "$file"], $file, async () => {
        const bytes = await readBeside(folder, $file);
        const digest = digestOfBytes(bytes);
        artifacts.set(digest, bytes);
        const guessed = MEDIA_TYPES[extname($file).toLowerCase()] ?? "application/octet-stream";
        return {
          $artifact: digest,
          bytes: bytes.byteLength,
          mediaType: typeof mediaType === "string" ? mediaType : guessed,
          name: typeof name === "string" ? name : basename($file),
        };
      });
    }
    const members: JsonObject = {};
    for (const [key, member] of Object.entries(each))
      members[key] = await go(member, [...path, key]);
    return members;
  };
  return { value: await go(value, []), artifacts, problems };
}
