/** Text of models, documents and people, so that what is read is what stands there. */
import { notedText, type TextPiece, textPieces } from "../runtime/notify/odd-text.ts";
import { html, join, type Markup } from "./markup.ts";

/** Characters of one text; the rest is counted. */
export const MAX_SHOWN = 20_000;

/** With marks on what is odd. Line breaks stay; the page keeps them by style. */
export function visibleText(text: string): Markup {
  const shown = clipped(text).replaceAll("\r\n", "\n");
  const left = text.length - clipped(text).length;
  const more = left > 0 && html` <b class="odd">${left} more characters</b>`;
  return html`${join(textPieces(shown).map(pieceView))}${more}`;
}

/** For a `title` or a label without markup: on one line, with notes in brackets. */
export function plainText(text: string, limit = 200): string {
  const line = notedText(text.slice(0, limit).replaceAll(/\s+/g, " "));
  return text.length > limit ? `${line}…` : line;
}

function pieceView({ text, note, hidden }: TextPiece): Markup {
  if (note === undefined) return html`${text}`;
  if (hidden) return html`<b class="odd" title="Not seen otherwise">${note}</b>`;
  return html`<span class="odd-word">${text}</span> <b class="odd" title="Letters that pass for others">${note}</b>`;
}

/** Not between the halves of one character. */
function clipped(text: string): string {
  if (text.length <= MAX_SHOWN) return text;
  const end = /[\ud800-\udbff]/.test(text[MAX_SHOWN - 1] ?? "") ? MAX_SHOWN - 1 : MAX_SHOWN;
  return text.slice(0, end);
}
