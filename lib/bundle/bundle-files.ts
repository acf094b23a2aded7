/**
 * A bundle as one flat set of files, which is how the bundles bucket of an environment keeps it:
 * `Bundle.sources` at their own paths, code as `compiled/ENTRY.mjs` with `compiled/ENTRY.mjs.map`.
 */
import { digestOfListing, type Listed } from "./digest.ts";
import type { BundleContent } from "./lock/part.ts";

const COMPILED = /^compiled\/(.+)\.mjs$/;
const MAP = /^compiled\/.+\.mjs\.map$/;

export function bundleFiles({ sources, code }: BundleContent): Map<string, Uint8Array | string> {
  const files = new Map<string, Uint8Array | string>(sources);
  for (const [entry, { js, map }] of code) {
    files.set(`compiled/${entry}.mjs`, js);
    files.set(`compiled/${entry}.mjs.map`, map);
  }
  return files;
}

/** The same back again. Code without its map is none that was deployed: it is left out. */
export function contentOfFiles(files: ReadonlyMap<string, Uint8Array>): BundleContent {
  const sources = new Map<string, Uint8Array>();
  const code = new Map<string, { js: string; map: string }>();
  for (const [path, bytes] of files) {
    const entry = COMPILED.exec(path)?.[1];
    const map = files.get(`${path}.map`);
    if (entry !== undefined && map) code.set(entry, { js: textOf(bytes), map: textOf(map) });
    else if (entry === undefined && !MAP.test(path)) sources.set(path, bytes);
  }
  return { sources, code };
}

/**
 * The digest of the bundle that these files are. A listing is enough: so what is listed is proven to
 * be the bundle before any of it is read. Source maps help people to read a stack; they make no
 * difference to a run.
 */
export function bundleDigest(files: ReadonlyMap<string, Listed>): string {
  const parts = [...files].filter(([path]) => !MAP.test(path));
  return digestOfListing(
    new Map(
      parts.map(([path, listed]) => {
        const entry = COMPILED.exec(path)?.[1];
        return [entry === undefined ? path : `compiled:${entry}`, listed] as const;
      }),
    ),
  );
}

/** Digest of the compiled code, by entry. */
export function codeDigests(files: ReadonlyMap<string, Listed>): ReadonlyMap<string, string> {
  return new Map(
    [...files].flatMap(([path, { digest }]) => {
      const entry = COMPILED.exec(path)?.[1];
      return entry === undefined ? [] : [[entry, digest] as const];
    }),
  );
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
