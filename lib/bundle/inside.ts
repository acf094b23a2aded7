/** Files of a bundle, found without ever leaving its folder. */
import { realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { reasonOf } from "../manifest/read-source.ts";

export type Inside =
  | { readonly path: string; readonly bytes: number }
  | { readonly path?: undefined; readonly code: string; readonly reason: string };

/**
 * The real path of a file that a manifest names, or why it cannot be had: ESP702 if a symbolic link
 * leads out, ESP703 if there is no such file. `root` is the real path of the bundle's folder, `path`
 * lexically inside of it.
 */
export function findInside(root: string, path: string): Inside {
  let real: string;
  try {
    real = realpathSync(join(root, path));
  } catch (error) {
    const reason = reasonOf(error);
    return {
      code: "ESP703",
      reason: reason.startsWith("there is no") ? "the bundle has no such file" : reason,
    };
  }
  if (leaves(root, real)) {
    return { code: "ESP702", reason: "a symbolic link leads out of the bundle" };
  }
  try {
    const stat = statSync(real);
    if (stat.isDirectory()) return { code: "ESP703", reason: "it is a folder" };
    if (!stat.isFile()) return { code: "ESP703", reason: "it is no regular file" };
    return { path: real, bytes: stat.size };
  } catch (error) {
    return { code: "ESP703", reason: reasonOf(error) };
  }
}

/** True if an absolute path does not lie below a folder. */
export function leaves(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below === "" || below.startsWith("..") || isAbsolute(below);
}
