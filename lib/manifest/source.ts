/** Where each part of a YAML file stands: from paths in its value to places in its text. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
} from "yaml";
import type { Place } from "./diagnostic.ts";
import { scalarOffsets } from "./scalar.ts";

export type Path = readonly (string | number)[];

/** Part of a string's value, in UTF-16 code units. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

export interface SourceMap {
  /** As `Place.file`. */
  readonly file: string;
  readonly text: string;
  /**
   * Where the value at this path stands; of a path that the file does not have, the nearest part
   * around it that it has. With `span`, that part of a string value: exact for plain, quoted and
   * block scalars, else the whole string.
   */
  placeOf(path: Path, span?: Span): Place;
  /** Where the key of this path stands; of a list's item, the item. */
  keyPlaceOf(path: Path): Place;
  /** True if the file itself has something at this path (not only a default of the schema). */
  has(path: Path): boolean;
}

interface Found {
  readonly node: Node | null;
  readonly key: Node | null;
  /** How many parts of the path were found. */
  readonly depth: number;
}

/** Follows a path as far as it leads; an alias on the way is followed to what it names. */
function find(document: Document, path: Path): Found {
  let node: Node | null = document.contents as Node | null;
  let key: Node | null = null;
  for (const [depth, part] of path.entries()) {
    const target: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
    let next: { node: Node | null; key: Node | null } | undefined;
    if (isMap(target)) {
      const pair: Pair | undefined = target.items.find(
        (item) => isPair(item) && keyText(item.key) === String(part),
      );
      if (pair) next = { node: pair.value as Node | null, key: pair.key as Node };
    } else if (isSeq(target)) {
      const item = target.items[Number(part)] as Node | undefined;
      if (item) next = { node: item, key: item };
    }
    if (next === undefined) return { node, key, depth };
    ({ node, key } = next);
  }
  return { node, key, depth: path.length };
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

/** The map of a parsed file; `lines` must have been given to the parser. */
export function createSourceMap(
  file: string,
  text: string,
  document: Document,
  lines: LineCounter,
): SourceMap {
  const place = (start: number, end: number): Place => placeAt(file, lines, text, start, end);

  function rangeOf(node: Node | null): readonly [number, number] | undefined {
    return node?.range ? [node.range[0], node.range[1]] : undefined;
  }

  /** A structure would cover many lines: its first line says enough. */
  function placeOfNode({ node, key }: Pick<Found, "node" | "key">): Place {
    const own = rangeOf(node);
    // An absent value (`key:`) has an empty range somewhere behind: the key is what people look for.
    const [start, end] = own && own[1] > own[0] ? own : (rangeOf(key) ?? own ?? [0, 0]);
    return place(start, end);
  }

  return {
    file,
    text,
    placeOf(path, span) {
      const found = find(document, path);
      if (span && found.depth === path.length && isScalar(found.node)) {
        const offsets = scalarOffsets(text, found.node);
        const start = offsets?.[span.offset];
        const last = offsets?.[span.offset + Math.max(1, span.length) - 1];
        const after = offsets?.[span.offset + Math.max(1, span.length)];
        if (start !== undefined && last !== undefined) {
          return place(start, after ?? last + 1);
        }
      }
      return placeOfNode(found);
    },
    keyPlaceOf(path) {
      const found = find(document, path);
      return placeOfNode({ node: found.key ?? found.node, key: found.key });
    },
    has: (path) => find(document, path).depth === path.length,
  };
}

/** A place from offsets into the text; ends within the text, and on the first line of the span. */
export function placeAt(
  file: string,
  lines: LineCounter,
  text: string,
  start: number,
  end: number,
): Place {
  const from = Math.min(Math.max(0, start), text.length);
  const newline = text.indexOf("\n", from);
  const lineEnd = newline < 0 ? text.length : newline;
  const to = Math.min(Math.max(end, from + 1), Math.max(lineEnd, from + 1));
  const first = lines.linePos(from);
  const line = Math.max(1, first.line);
  const column = Math.max(1, first.col);
  return { file, line, column, endLine: line, endColumn: column + (to - from) };
}
