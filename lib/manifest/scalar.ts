/**
 * From a character of a YAML string's value to the character of the file that it was written as.
 * Escapes, folded lines and the indentation of blocks lie between the two.
 */
import type { Scalar } from "yaml";

interface Cursor {
  readonly source: string;
  at: number;
  readonly end: number;
}

/** Source offset of each code unit of the value, and one past the last; undefined if they do not agree. */
export function scalarOffsets(source: string, node: Scalar): readonly number[] | undefined {
  const range = node.range;
  if (typeof node.value !== "string" || !range) return undefined;
  const value = node.value;
  const cursor: Cursor = { source, at: range[0], end: range[1] };
  switch (node.type) {
    case "PLAIN":
      return flow(cursor, value, () => undefined);
    case "QUOTE_SINGLE":
      return flow(inner(cursor), value, singleQuoted);
    case "QUOTE_DOUBLE":
      return flow(inner(cursor), value, doubleQuoted);
    case "BLOCK_LITERAL":
    case "BLOCK_FOLDED":
      return block(cursor, value);
    default:
      return undefined;
  }
}

function inner({ source, at, end }: Cursor): Cursor {
  return { source, at: at + 1, end: end - 1 };
}

/** What an escape at the cursor stands for, and its length in the file. */
type Escape = (cursor: Cursor) => { readonly text: string; readonly length: number } | undefined;

const singleQuoted: Escape = ({ source, at }) =>
  source.startsWith("''", at) ? { text: "'", length: 2 } : undefined;

/** YAML 1.2.2 §5.7. */
const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

const doubleQuoted: Escape = ({ source, at }) => {
  if (source[at] !== "\\") return undefined;
  const name = source[at + 1] ?? "";
  const digits = { x: 2, u: 4, U: 8 }[name];
  if (digits !== undefined) {
    const code = Number.parseInt(source.slice(at + 2, at + 2 + digits), 16);
    if (Number.isNaN(code) || code > 0x10ffff) return undefined;
    return { text: String.fromCodePoint(code), length: 2 + digits };
  }
  const lineEnd = /^\\\r?\n[ \t]*/.exec(source.slice(at, at + 200));
  if (lineEnd) return { text: "", length: lineEnd[0].length };
  const text = ESCAPES[name];
  return text === undefined ? undefined : { text, length: 2 };
};

/** Plain and quoted scalars: a line break is a space, each further one a line feed. */
function flow(cursor: Cursor, value: string, readEscape: Escape): readonly number[] | undefined {
  const { source, end } = cursor;
  const offsets: number[] = [];
  const lineBreaks = /[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*/y;
  while (offsets.length < value.length) {
    if (cursor.at >= end) return undefined;
    lineBreaks.lastIndex = cursor.at;
    const folded = lineBreaks.exec(source)?.[0];
    if (folded !== undefined) {
      const breaks = folded.split("\n").length - 1;
      for (let i = 0; i < Math.max(1, breaks - 1); i++) offsets.push(cursor.at);
      cursor.at += folded.length;
      continue;
    }
    const escaped = readEscape(cursor);
    if (escaped) {
      for (let i = 0; i < escaped.text.length; i++) offsets.push(cursor.at);
      cursor.at += escaped.length;
      continue;
    }
    if (source[cursor.at] !== value[offsets.length]) return undefined;
    offsets.push(cursor.at++);
  }
  if (offsets.length !== value.length) return undefined;
  offsets.push(Math.min(cursor.at, end));
  return offsets;
}

/** Literal and folded blocks: behind the header line, each line without the block's indentation. */
function block(cursor: Cursor, value: string): readonly number[] | undefined {
  const { source, end } = cursor;
  const header = source.indexOf("\n", cursor.at);
  if (header < 0) return undefined;
  // What the first line has more in the file than in the value is the block's indentation, whether
  // it was detected or given in the header.
  const written = /^(?:[ ]*\r?\n)*([ ]*)/.exec(source.slice(header + 1, end))?.[1] ?? "";
  const kept = /^\n*([ ]*)/.exec(value)?.[1] ?? "";
  const indent = Math.max(0, written.length - kept.length);
  const offsets: number[] = [];
  let at = skipIndent(source, header + 1, indent);
  while (offsets.length < value.length) {
    if (at > end) return undefined;
    const wanted = value[offsets.length];
    const breakLength = source.startsWith("\r\n", at) ? 2 : source[at] === "\n" ? 1 : 0;
    if (breakLength > 0 && wanted !== "\n" && wanted !== " ") {
      // A break that folding dropped: the value has fewer than the file.
      at = skipIndent(source, at + breakLength, indent);
    } else if (breakLength > 0) {
      offsets.push(at);
      at = skipIndent(source, at + breakLength, indent);
    } else if (source[at] === wanted) {
      offsets.push(at++);
    } else {
      return undefined;
    }
  }
  offsets.push(Math.min(at, end));
  return offsets;
}

function skipIndent(source: string, at: number, indent: number): number {
  let skipped = 0;
  while (skipped < indent && source[at + skipped] === " ") skipped++;
  return at + skipped;
}
