/** How a finding is shown on a terminal: where, what, the lines around it, what to do next. */
import { createColors } from "picocolors";
import type { Diagnostic, Place } from "./diagnostic.ts";
import { columns, printable } from "./printable.ts";

export interface RenderOptions {
  /** Default false. */
  readonly color?: boolean;
  /** Columns of the terminal, at least 40; default 80. */
  readonly width?: number;
}

/**
 * Several lines without a line feed at the end. `sourceText` is the text of the file that
 * `place.file` names; without it there is no excerpt. No control character of any file or message
 * gets through, except the line feeds between the lines and the colours that were asked for.
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  sourceText: string | undefined,
  options: RenderOptions = {},
): string {
  const width = Math.max(40, options.width ?? 80);
  const paint = createColors(options.color ?? false);
  const { place, severity } = diagnostic;
  const where = place ? `${printable(place.file)}:${place.line}:${place.column}` : "";
  const code = severity === "warning" ? `${diagnostic.code} warning` : diagnostic.code;
  const codeText = severity === "warning" ? paint.yellow(code) : paint.red(code);
  const message = printable(diagnostic.message);

  const head = [where, code].filter((part) => part !== "").join("  ");
  const headText = [paint.bold(where), codeText].filter((part) => part !== "").join("  ");
  const lines =
    columns(head) + 2 + columns(message) <= width || where === ""
      ? wrap(message, width - columns(head) - 2, columns(head) + 2).map((line, i) =>
          i === 0 ? `${headText}  ${line}` : line,
        )
      : [headText, ...wrap(message, width - 2).map((line) => `  ${line}`)];

  if (place && sourceText !== undefined) {
    for (const line of excerpt(place, sourceText, width)) {
      lines.push(line.mark ? paint.red(line.text) : paint.dim(line.text));
    }
  }
  if (diagnostic.hint !== undefined) {
    lines.push(...wrap(printable(diagnostic.hint), width - 2).map((line) => `  ${line}`));
  }
  return lines.join("\n");
}

/** Breaks at spaces; a word longer than a line stays whole, so that paths can be copied. */
function wrap(text: string, width: number, indent = 0): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/)) {
    if (line !== "" && columns(line) + 1 + columns(word) > Math.max(20, width)) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((text, index) => (index === 0 ? text : " ".repeat(indent) + text));
}

interface ExcerptLine {
  readonly text: string;
  readonly mark: boolean;
}

/** The line before, the line itself, and carets under the span. */
function excerpt(place: Place, sourceText: string, width: number): ExcerptLine[] {
  const rows = sourceText.split(/\r?\n/);
  const row = rows[place.line - 1];
  if (row === undefined) return [];
  const digits = Math.max(4, String(place.line).length);
  const room = width - digits - 4;

  const start = Math.min(place.column - 1, row.length);
  const end = place.endLine === place.line ? Math.min(place.endColumn - 1, row.length) : row.length;
  const before = columns(visible(row.slice(0, start)));
  const marked = Math.max(1, columns(visible(row.slice(start, Math.max(start, end)))));
  // A long line is moved to the left until the span, or as much of it as fits, can be seen.
  const shift = Math.max(0, before + Math.min(marked, room - 12) - (room - 6));

  const shown: ExcerptLine[] = [];
  const number = (line: number) => String(line).padStart(digits + 1);
  const previous = rows[place.line - 2];
  if (previous !== undefined && visible(previous).trim().length > shift) {
    shown.push({
      text: `${number(place.line - 1)} | ${cut(previous, shift, room - 1)}`,
      mark: false,
    });
  }
  shown.push({ text: `${number(place.line)} | ${cut(row, shift, room - 1)}`, mark: false });
  const carets = Math.max(1, Math.min(marked, room - 1 - (before - shift)));
  shown.push({
    text: `${" ".repeat(digits + 1)} | ${" ".repeat(before - shift)}${"^".repeat(carets)}`,
    mark: true,
  });
  return shown.map(({ text, mark }) => ({ text: text.trimEnd(), mark }));
}

function visible(text: string): string {
  return printable(text.replaceAll("\t", "  "));
}

/** The part of a line from column `from`, at most `room` columns, with marks where something is left out. */
function cut(row: string, from: number, room: number): string {
  let text = visible(row);
  if (from > 0) {
    let skipped = 0;
    let kept = "";
    for (const character of text) {
      if (skipped > from) kept += character;
      else {
        const wide = columns(character);
        // What is cut in the middle of a wide character is filled up, so that carets stay in place.
        if (skipped + wide > from + 1) kept += " ".repeat(skipped + wide - from - 1);
        skipped += wide;
      }
    }
    text = `…${kept}`;
  }
  if (columns(text) <= room) return text;
  let result = "";
  let used = 0;
  for (const character of text) {
    used += columns(character);
    if (used > room - 1) break;
    result += character;
  }
  return `${result}…`;
}
