import { Failure } from "../failure.ts";
import { bundleFolders, selectBundle } from "./select-bundle.ts";

/** The bundles that were named, or every bundle under `./bundles`. Throws a `Failure` if there is none. */
export function selectBundles(names: readonly string[], cwd: string): string[] {
  const folders =
    names.length === 0 ? bundleFolders(cwd) : names.map((name) => selectBundle(name, cwd));
  if (folders.length === 0) {
    throw new Failure("NoBundles", "There are no bundles here: no ./bundles/NAME/workflow.yaml", {
      hint: "Begin with: espalier init hello",
    });
  }
  return [...new Set(folders)];
}
