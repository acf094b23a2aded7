/** A bundle as it can be compared, from the files of its snapshot. */
import { COMPONENTS_FOLDER } from "./component.ts";
import { MANIFEST_FILE } from "./find-bundles.ts";
import type { BundleContent } from "./lock/part.ts";

/** Undefined where it was kept without its manifest, by an earlier version of Espalier. */
export function snapshotContent(files: ReadonlyMap<string, Uint8Array>): BundleContent | undefined {
  if (!files.has(`sources/${MANIFEST_FILE}`)) return undefined;
  const sources = new Map<string, Uint8Array>();
  const code = new Map<string, { js: string; map: string }>();
  for (const [path, bytes] of files) {
    if (path.startsWith("sources/")) sources.set(path.slice("sources/".length), bytes);
    else if (path.startsWith(`${COMPONENTS_FOLDER}/`)) sources.set(path, bytes);
    else if (path.endsWith(".mjs") && files.has(`${path}.map`)) {
      const map = Buffer.from(files.get(`${path}.map`) ?? "").toString();
      const entry = path.replace(/^compiled\//, "").slice(0, -".mjs".length);
      code.set(entry, { js: Buffer.from(bytes).toString(), map });
    }
  }
  return { sources, code };
}
