import { createHash } from "node:crypto";

/** File systems take 255 bytes a name; the rest is for what callers add. */
const LONGEST_NAME = 180;
const KEPT = 100;

/**
 * A file name for any text: lower-case letters, digits, `-` and `_` stay; upper-case letters become
 * `^a` (so that no two names differ in case only, which some file systems cannot tell apart); every
 * other byte of UTF-8 becomes `%hh`. A longer one is cut and ends in `~` and its digest: then the
 * text cannot be read back.
 */
export function fileNameOf(text: string): string {
  let name = "";
  for (const byte of Buffer.from(text)) {
    const letter = String.fromCharCode(byte);
    if (/[a-z0-9_-]/.test(letter)) name += letter;
    else if (/[A-Z]/.test(letter)) name += `^${letter.toLowerCase()}`;
    else name += `%${byte.toString(16).padStart(2, "0")}`;
  }
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, KEPT)}~${createHash("sha256").update(text).digest("hex")}`;
}

/** The text that `fileNameOf` made the name of; undefined if it was too long to be kept. */
export function textOfFileName(name: string): string | undefined {
  if (name.includes("~")) return undefined;
  const bytes: number[] = [];
  for (let index = 0; index < name.length; index++) {
    const letter = name[index] ?? "";
    if (letter === "%") {
      bytes.push(Number.parseInt(name.slice(index + 1, index + 3), 16));
      index += 2;
    } else if (letter === "^") {
      bytes.push(name.charCodeAt(++index) - 32);
    } else {
      bytes.push(letter.charCodeAt(0));
    }
  }
  return Buffer.from(bytes).toString();
}
