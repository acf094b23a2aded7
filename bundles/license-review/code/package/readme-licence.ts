/** The part of a README that speaks of the licence. */

export interface Section {
  /** Line of its first text, from 0. */
  readonly line: number;
  readonly text: string;
}

const HEADING = /^\s{0,3}(?:#{1,6}\s*(?<hash>.+?)\s*#*|(?<plain>[^#\s].{0,60}))\s*$/;
const UNDERLINE = /^\s{0,3}(?:={3,}|-{3,})\s*$/;

/** The text under a heading "License" (Markdown, underlined, or `== License`), up to the next heading. */
export function licenceSection(readme: string): Section | undefined {
  const lines = readme.split(/\r\n?|\n/);
  const start = lines.findIndex((_, i) =>
    /^(?:[\w.()/-]+ ){0,3}licen[sc](?:e|es|ing)(?: [\w.()/-]+)?:?$/i.test(
      headingAt(lines, i) ?? "",
    ),
  );
  if (start < 0) return undefined;
  let first = start + 1;
  while (first < lines.length && /^[\s=-]*$/.test(lines[first] ?? "")) first += 1;
  let end = first;
  while (end < lines.length && headingAt(lines, end) === undefined) end += 1;
  const text = lines.slice(first, end).join("\n").trim();
  return text === "" ? undefined : { line: first, text };
}

function headingAt(lines: readonly string[], index: number): string | undefined {
  const match = HEADING.exec(lines[index] ?? "")?.groups;
  if (match?.hash) return match.hash.replace(/[*_`]/g, "").trim();
  const asciidoc = /^=+\s+(.+)$/.exec(lines[index] ?? "")?.[1];
  if (asciidoc) return asciidoc;
  return match?.plain && UNDERLINE.test(lines[index + 1] ?? "") ? match.plain.trim() : undefined;
}
