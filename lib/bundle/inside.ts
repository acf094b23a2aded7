/** Files of a bundle, found without ever leaving its folder. */
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, posix, relative } from "node:path";
import { nearest } from "../manifest/nearest.ts";
import { reasonOf } from "../manifest/read-source.ts";

export type Inside =
  | { readonly path: string; readonly bytes: number }
  | {
      readonly path?: undefined;
      readonly code: string;
      readonly reason: string;
      readonly hint: string;
    };

const LINKED = "Put a copy of the file into the folder: what a bundle is has to lie in it.";
const UNREADABLE = "Check the permissions of the file and of its folder.";
const NO_FILE = "Name a file: folders are not read.";

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
    return reason.startsWith("there is no")
      ? { code: "ESP703", reason: "the bundle has no such file", hint: absentHint(root, path) }
      : { code: "ESP703", reason, hint: UNREADABLE };
  }
  if (leaves(root, real)) {
    return { code: "ESP702", reason: "a symbolic link leads out of the bundle", hint: LINKED };
  }
  try {
    const stat = statSync(real);
    if (stat.isDirectory()) return { code: "ESP703", reason: "it is a folder", hint: NO_FILE };
    if (!stat.isFile()) return { code: "ESP703", reason: "it is no regular file", hint: NO_FILE };
    return { path: real, bytes: stat.size };
  } catch (error) {
    return { code: "ESP703", reason: reasonOf(error), hint: UNREADABLE };
  }
}

/** The file beside it that may be meant. */
function absentHint(root: string, path: string): string {
  const folder = dirname(path);
  const real = join(root, folder);
  const names = existsSync(real) && !leaves(root, join(real, "x")) ? readdirSync(real) : [];
  const near = nearest(basename(path), names.slice(0, 1000));
  if (near !== undefined) return `Did you mean ${posix.join(folder, near)}?`;
  return "Paths begin at the folder of what names them; make the file, or mend the path.";
}

/** True if an absolute path does not lie below a folder. */
export function leaves(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below === "" || below.startsWith("..") || isAbsolute(below);
}
