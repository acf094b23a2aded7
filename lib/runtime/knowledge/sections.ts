/** A part of a Markdown document under one heading. */
export interface Section {
  readonly start: number;
  readonly end: number;
  /** The heading with those above it: `Licences > MIT`. Null before the first. */
  readonly heading: string | null;
}

/** ATX headings; those that are underlined are rare, and stay text. */
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)(.*)$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/**
 * From heading to heading; a heading with nothing under it but the next one stays together with that.
 * Lines in fenced code are no headings. https://spec.commonmark.org/0.31.2/#atx-headings
 */
export function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  const path: { readonly level: number; readonly title: string }[] = [];
  let fence: string | undefined;
  let start = 0;
  let heading: string | null = null;
  let hasBody = false;
  for (const { line, at } of linesOf(text)) {
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined) fence = fenceAfter(fence, mark, line);
    const found = fence === undefined && mark === undefined ? HEADING.exec(line) : null;
    if (!found) {
      hasBody ||= line.trim() !== "";
      continue;
    }
    if (hasBody) {
      sections.push({ start, end: at, heading });
      start = at;
      hasBody = false;
    }
    const [, hashes = "", title = ""] = found;
    while ((path.at(-1)?.level ?? 0) >= hashes.length) path.pop();
    path.push({ level: hashes.length, title: title.replace(/[ \t]#+[ \t]*$/, "").trim() });
    heading = path.map((each) => each.title).join(" > ");
  }
  sections.push({ start, end: text.length, heading });
  return sections;
}

/** What closes a fence: the same character, at least as often, and nothing else on the line. */
function fenceAfter(open: string | undefined, mark: string, line: string): string | undefined {
  if (open === undefined) return mark;
  const closes = mark.startsWith(open) && line.trim() === mark;
  return closes ? undefined : open;
}

function* linesOf(text: string): Generator<{ readonly line: string; readonly at: number }> {
  let at = 0;
  while (at < text.length) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    yield { line: text.slice(at, end).replace(/\r$/, ""), at };
    at = end + 1;
  }
}
