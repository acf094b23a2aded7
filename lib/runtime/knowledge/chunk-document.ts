/** Cuts a document into chunks that are found and cited on their own. */
import type { Chunk } from "./retrieve-document.ts";
import { type Section, sectionsOf } from "./sections.ts";

export interface ChunkOptions {
  /** UTF-16 units of a chunk at most; from 16. */
  readonly size: number;
  /** UTF-16 units that neighbours share at most; at most half of `size`. */
  readonly overlap: number;
}

const LEAST_SIZE = 16;

/**
 * The same for the same text, always. `text.slice(span.start, span.end)` is the chunk's text, and every
 * character that is not white space is in at least one chunk. A document whose name ends in `.md` or
 * `.markdown` is cut at its headings first. Then: between paragraphs, lines, sentences, words, in this
 * order of preference, and inside of a word only where it is longer than a chunk; never inside of a
 * surrogate pair. Throws `RangeError` for sizes that cannot be.
 */
export function chunkDocument(
  source: string,
  text: string,
  { size, overlap }: ChunkOptions,
): Chunk[] {
  if (!Number.isInteger(size) || size < LEAST_SIZE) {
    throw new RangeError(`A chunk has at least ${LEAST_SIZE} characters, found ${size}.`);
  }
  if (!Number.isInteger(overlap) || overlap < 0 || overlap * 2 > size) {
    throw new RangeError(`The overlap is at most half of the size (${size}), found ${overlap}.`);
  }
  const isMarkdown = /\.(md|markdown)$/i.test(source);
  const sections = isMarkdown ? sectionsOf(text) : [{ start: 0, end: text.length, heading: null }];
  return sections.flatMap((section) =>
    spansOf(text, section, { size, overlap }).map(({ start, end }) => ({
      id: `${source}#${start}-${end}`,
      source,
      span: { start, end },
      heading: section.heading,
      text: text.slice(start, end),
    })),
  );
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansOf(text: string, section: Section, { size, overlap }: ChunkOptions): Span[] {
  const whole = trim(text, section);
  const spans: Span[] = [];
  let { start } = whole;
  while (start < whole.end) {
    const end = start + size < whole.end ? cutBefore(text, start, start + size) : whole.end;
    const span = trim(text, { start, end });
    const covered = spans.at(-1)?.end ?? 0;
    const isNew = span.end > covered;
    if (isNew) spans.push(span);
    if (end >= whole.end) break;
    // A chunk of nothing but the overlap says nothing new: go on without one.
    const next = isNew ? overlapped(text, start, end, overlap) : covered;
    start = skipSpace(text, next, whole.end);
  }
  return spans;
}

/** Best places first; a place is behind what matches. */
const BREAKS = [/\n[ \t]*\n\s*/g, /\n\s*/g, /[.!?。！？][)\]"'’”]*\s+|[。！？]/g, /\s+/g];

/** Where a chunk from `start` ends, at `limit` or before; in its second half wherever possible. */
function cutBefore(text: string, start: number, limit: number): number {
  // One more, so that a break right behind the chunk counts.
  const window = text.slice(start, limit + 1);
  const least = Math.floor((limit - start) / 2);
  for (const pattern of BREAKS) {
    let best = -1;
    for (const match of window.matchAll(pattern)) {
      // The chunk ends before white space, and behind a full stop.
      const end = match.index + match[0].trimEnd().length;
      if (end > limit - start) break;
      if (end >= least) best = end;
    }
    if (best > 0) return start + best;
  }
  return splitsPair(text, limit) ? limit - 1 : limit;
}

/** Where the next chunk begins: up to `overlap` before the end of the last, at the beginning of a word. */
function overlapped(text: string, start: number, end: number, overlap: number): number {
  const from = Math.max(end - overlap, start + 1);
  if (overlap === 0 || from >= end) return end;
  const isBoundary = /\s/.test(text.charAt(from - 1));
  const space = isBoundary ? from : from + text.slice(from, end).search(/\s/);
  return space >= from && space < end ? space : end;
}

function skipSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && /\s/.test(text.charAt(at))) at++;
  return at;
}

function trim(text: string, { start, end }: Span): Span {
  const from = skipSpace(text, start, end);
  let to = end;
  while (to > from && /\s/.test(text.charAt(to - 1))) to--;
  return { start: from, end: to };
}

function splitsPair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at));
}
