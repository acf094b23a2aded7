/** The files of a bundle that its handlers read at run time. */
import { readFileSync } from "node:fs";
import { reasonOf } from "../manifest/read-source.ts";
import { findInside } from "./inside.ts";

/** Bytes of one file, and of all together. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;
export const MAX_FILES_BYTES = 50 * 1024 * 1024;

const LARGE = "Keep large data in a bucket, and let the step read what it needs.";

export type BundleFileRead =
  | { readonly bytes: Uint8Array }
  | {
      readonly bytes?: undefined;
      readonly code: string;
      readonly message: string;
      readonly hint: string;
    };

/** Reads one file; `used` is what the files before it take of the limit. ESP702, ESP703, ESP708. */
export function readBundleFile(root: string, path: string, used: number): BundleFileRead {
  const inside = findInside(root, path);
  if (inside.path === undefined) {
    return { code: inside.code, message: `"${path}": ${inside.reason}`, hint: inside.hint };
  }
  if (inside.bytes > MAX_FILE_BYTES) {
    return { code: "ESP708", message: `"${path}" has more than 10 MiB`, hint: LARGE };
  }
  if (used + inside.bytes > MAX_FILES_BYTES) {
    const message = `with "${path}" the files have more than 50 MiB together`;
    return { code: "ESP708", message, hint: LARGE };
  }
  try {
    return { bytes: readFileSync(inside.path) };
  } catch (error) {
    const message = `"${path}": ${reasonOf(error)}`;
    return { code: "ESP703", message, hint: "Check the permissions of the file." };
  }
}
