/** Text of models, documents and people, as it may stand in a message: one line, visible, without links. */
import { notedText } from "./odd-text.ts";

/**
 * Addresses of the web, which programs that show mails and chats would turn into links: a message has
 * one link, and it is ours.
 */
const ADDRESS = /\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.|mailto:|data:|javascript:)\S+/giu;

/**
 * At most `limit` characters, before notes on what is odd. Line breaks become spaces, so that a text
 * cannot begin a line, a paragraph or a header of its own.
 */
export function messageText(text: string, limit: number): string {
  const line = text.replaceAll(/[ \t\r\n\f\v\u2028\u2029\u0085]+/gu, " ").trim();
  const shown = clipped(line, limit);
  const noted = notedText(shown.replaceAll(ADDRESS, placeOf));
  return shown.length < line.length ? `${noted}…` : noted;
}

/** Where it leads, without leading there; dots would be enough for some programs. */
function placeOf(address: string): string {
  const host = URL.canParse(address) ? new URL(address).host : "";
  return host === "" ? "[a web address]" : `[a web address at ${host.replaceAll(".", " dot ")}]`;
}

/** Not between the halves of one character. */
export function clipped(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = /[\ud800-\udbff]/.test(text[limit - 1] ?? "") ? limit - 1 : limit;
  return text.slice(0, end);
}
