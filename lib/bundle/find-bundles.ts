import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Name of the manifest in a bundle's folder. */
export const MANIFEST_FILE = "workflow.yaml";

/** Name of the lock: in a bundle's folder, and in its snapshot. */
export const LOCK_FILE = "bundle.lock.json";

/** Folders `bundles/NAME` under `root` that hold a manifest, sorted by name; none if there is no such folder. */
export function findBundles(root: string): readonly string[] {
  const folder = join(root, "bundles");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((bundle) => existsSync(join(bundle, MANIFEST_FILE)));
}
