/** What is to be known of a bundle before it is loaded for an environment. */
import { join } from "node:path";
import { loadManifest } from "../manifest/load-manifest.ts";
import { MANIFEST_FILE } from "./find-bundles.ts";

export interface BundleBindings {
  /** Name of the workflow; null if the manifest is not sound. */
  readonly workflow: string | null;
  /**
   * Whether environments make a difference to it: it is another bundle in another one, or needs
   * stand-ins where those answer its models.
   */
  readonly binds: boolean;
}

/** Reads no more than the manifest: milliseconds, where loading takes a second. */
export function readBindings(folder: string): BundleBindings {
  const { manifest, uses } = loadManifest(join(folder, MANIFEST_FILE));
  const references = Object.values(uses).flatMap((aliases) => Object.values(aliases ?? {}));
  return {
    workflow: manifest?.workflow ?? null,
    binds:
      references.some((reference) => typeof reference !== "string") ||
      Object.keys(uses.models ?? {}).length > 0,
  };
}
