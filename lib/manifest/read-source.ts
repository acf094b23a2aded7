/** Reads a text file that a person wrote: regular, of limited size, in UTF-8. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import type { Diagnostic } from "./diagnostic.ts";

/** Bytes of a manifest, contract or policy. */
export const MAX_SOURCE_BYTES = 1024 * 1024;

export type ReadSource =
  | { readonly text: string }
  | { readonly text?: undefined; readonly diagnostic: Diagnostic };

/** A path as a person would type it: from the working folder where it lies below, else absolute. */
export function displayPath(path: string, from: string = process.cwd()): string {
  const below = relative(from, path);
  const shown = below === "" || below.startsWith("..") || isAbsolute(below) ? path : below;
  return sep === "/" ? shown : shown.split(sep).join("/");
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of the path is no folder",
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
  ELOOP: "its symbolic links go round in circles",
  EISDIR: "it is a folder",
  ENXIO: "it is no regular file",
};

/** Why the operating system refused a path, in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  return REASONS[code] ?? (code || "the operating system refuses it");
}

/**
 * Reads `path`, which findings name as `file`. Never throws for what the file is: ESP101, ESP102 or
 * ESP103 instead. A file that grows while it is read is cut off by the limit, not by its size.
 */
export function readSource(path: string, file: string = displayPath(path)): ReadSource {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 2 };
  const unreadable = (reason: string): ReadSource => ({
    diagnostic: {
      code: "ESP101",
      severity: "error",
      message: `the file cannot be read: ${reason}`,
      place,
    },
  });
  let bytes: Buffer;
  try {
    // Without O_NONBLOCK a named pipe would block here until somebody writes to it.
    const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = fstatSync(descriptor);
      if (stat.isDirectory()) return unreadable("it is a folder");
      if (!stat.isFile()) return unreadable("it is no regular file");
      const buffer = Buffer.alloc(Math.min(stat.size, MAX_SOURCE_BYTES) + 1);
      let length = 0;
      while (length < buffer.length) {
        const read = readSync(descriptor, buffer, length, buffer.length - length, null);
        if (read === 0) break;
        length += read;
      }
      if (stat.size > MAX_SOURCE_BYTES || length > MAX_SOURCE_BYTES) {
        return {
          diagnostic: {
            code: "ESP102",
            severity: "error",
            message: `the file has ${mebibytes(Math.max(stat.size, length))}; at most 1 MiB is read`,
            hint: "Keep data in inputs and artifacts, and code in handlers.",
            place,
          },
        };
      }
      bytes = buffer.subarray(0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return unreadable(reasonOf(error));
  }
  return decodeSource(bytes, file);
}

function mebibytes(bytes: number): string {
  return `${(bytes / MAX_SOURCE_BYTES).toFixed(1)} MiB`;
}

/** YAML 1.2.2 §5.1: of the control characters only tab and line ends (and NEL) may stand in a file. */
const FORBIDDEN = /[^\P{Cc}\t\n\r\u0085]/u;

/** Bytes to text; ESP103 if they are none. */
export function decodeSource(bytes: Uint8Array, file: string): ReadSource {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { diagnostic: notText(file, "the bytes are no valid UTF-8", firstInvalid(bytes)) };
  }
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden) {
    const code = forbidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return {
      diagnostic: notText(
        file,
        `the control character U+${code} may not stand in it`,
        text.slice(0, forbidden.index),
      ),
    };
  }
  return { text };
}

/** The text before the first byte that is no UTF-8. */
function firstInvalid(bytes: Uint8Array): string {
  const lenient = new TextDecoder("utf-8").decode(bytes);
  const index = lenient.indexOf("\ufffd");
  return index < 0 ? "" : lenient.slice(0, index);
}

function notText(file: string, what: string, before: string): Diagnostic {
  const lines = before.split("\n");
  const line = lines.length;
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return {
    code: "ESP103",
    severity: "error",
    message: `the file is no text: ${what}`,
    hint: "Save it as UTF-8.",
    place: { file, line, column, endLine: line, endColumn: column + 1 },
  };
}
