import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import type { Json } from "../../runtime/json.ts";
import { Failure, isSystemError, systemFailure } from "../failure.ts";
import type { Io } from "../io.ts";

/** A run's input travels in the execution's input: Step Functions takes 256 KiB of it. */
const MOST_BYTES = 256 * 1024;

/**
 * Reads a JSON document from a file, or from standard input for `-`. Throws a `Failure` that says
 * where it is no JSON (line and column, from 1).
 */
export async function readJson(source: string, io: Pick<Io, "cwd" | "stdin">): Promise<Json> {
  const name = source === "-" ? "standard input" : source;
  const bytes = source === "-" ? await io.stdin() : await readBytes(source, io.cwd);
  const text = decode(bytes, name);
  if (text.trim() === "") {
    throw new Failure("InputUnreadable", `${name} is empty, a JSON document is expected`, {
      hint: "For a workflow without input leave --input out.",
    });
  }
  if (bytes.byteLength > MOST_BYTES) {
    throw new Failure(
      "InputTooLarge",
      `${name} has ${bytes.byteLength} bytes, a run's input at most ${MOST_BYTES}`,
      {
        hint: "Give large documents by reference: --artifact NAME=FILE.",
      },
    );
  }
  return parseJson(text, name);
}

async function readBytes(path: string, cwd: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(cwd, path));
  } catch (error) {
    throw isSystemError(error) ? systemFailure("InputUnreadable", error, path) : error;
  }
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Failure("InputUnreadable", `${name} is not UTF-8 text`, {
      hint: "Save it as UTF-8. (Some shells write UTF-16 when they redirect with >.)",
      cause: error,
    });
  }
}

function parseJson(text: string, name: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const { line, column, what } = placeOfError(text);
    throw new Failure("InputNotJson", `${name}:${line}:${column} is not JSON: ${what}`, {
      hint: excerpt(text, line, column),
      cause: error,
    });
  }
}

/** `JSON.parse` says where it stopped only for some errors and in words that differ by version. */
function placeOfError(text: string): { line: number; column: number; what: string } {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const first = errors[0];
  const before = text.slice(0, first?.offset ?? text.length).split("\n");
  return {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    what: first === undefined ? "unexpected text" : inWords(printParseErrorCode(first.error)),
  };
}

/** `PropertyNameExpected` → `property name expected`. */
function inWords(code: string): string {
  return code.replace(/(?<=.)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

function excerpt(text: string, line: number, column: number): string {
  const source = (text.split("\n")[line - 1] ?? "").replaceAll("\t", " ").trimEnd();
  const from = Math.max(0, column - 40);
  const number = String(line);
  return [
    `${number} | ${source.slice(from, from + 70)}`,
    `${" ".repeat(number.length)} | ${" ".repeat(column - 1 - from)}^`,
  ].join("\n");
}
