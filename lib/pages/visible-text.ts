/**
 * Text of models, documents and people, so that what is read is what stands there: characters that are
 * invisible, or turn the line round, get names; so do words whose letters pass for others.
 */
import { html, join, type Markup } from "./markup.ts";

/** Characters of one text; the rest is counted. */
export const MAX_SHOWN = 20_000;

/**
 * Controls, invisible format characters, odd spaces, unpaired surrogates, fillers. Not tab and line feed,
 * and not the selectors that belong to emoji.
 */
const HIDDEN =
  /(?!\t|\n|\ufe0e|\ufe0f)(?:\p{Variation_Selector}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u115f\u1160\u2800\u3164\uffa0])/u;
/** More marks on one letter than any language needs. */
const STACKED = /\p{M}{4,}/u;
const WORD = /(?:[\p{L}\p{N}]\p{M}{0,3}(?!\p{M}))+/u;
const TOKENS = new RegExp(`${STACKED.source}|${HIDDEN.source}|${WORD.source}|[^]`, "gu");

/** Alphabets whose letters look like one another's. */
const ALPHABETS = [
  ["Latin", /\p{Script=Latin}/u],
  ["Cyrillic", /\p{Script=Cyrillic}/u],
  ["Greek", /\p{Script=Greek}/u],
  ["Armenian", /\p{Script=Armenian}/u],
  ["Cherokee", /\p{Script=Cherokee}/u],
] as const;

/** Cyrillic and Greek letters that are read as Latin ones. */
const PASSES_FOR_LATIN = /^[аеорсухіјѕԁһӏԛԝьАВЕКМНОРСТУХІЈЅԌԚԜΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχ\p{N}]+$/u;
/** Mathematical and full-width letters. */
const STYLED = /[\u{1d400}-\u{1d7ff}\uff01-\uff5e]/u;

/** Line breaks stay; the page keeps them by style. */
export function visibleText(text: string): Markup {
  const shown = clipped(text.replaceAll("\r\n", "\n"));
  const isLatin = (shown.match(/\p{Script=Latin}/gu)?.length ?? 0) * 2 >= countLetters(shown);
  const parts: Markup[] = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") parts.push(html`${plain}`);
    plain = "";
  };
  for (const [token] of shown.matchAll(TOKENS)) {
    const warning = warningFor(token, isLatin);
    if (warning === undefined) {
      plain += token;
      continue;
    }
    flush();
    parts.push(warning);
  }
  flush();
  if (shown.length < text.length) {
    parts.push(html` <b class="odd">${text.length - shown.length} more characters</b>`);
  }
  return join(parts);
}

/** For a `title` or a heading without markup: hidden characters by their numbers, on one line. */
export function plainText(text: string, limit = 200): string {
  const line = text
    .slice(0, limit)
    .replaceAll(/\s+/g, " ")
    .replaceAll(new RegExp(HIDDEN.source, "gu"), (character) => `[${numberOf(character)}]`);
  return text.length > limit ? `${line}…` : line;
}

/** Whether a person sees the text as it is. */
export function isPlain(text: string): boolean {
  for (const [token] of text.matchAll(TOKENS)) {
    if (warningFor(token, true) !== undefined) return false;
  }
  return true;
}

function warningFor(token: string, isLatin: boolean): Markup | undefined {
  if (/^[\x20-\x7e\t\n]*$/.test(token)) return undefined;
  if (STACKED.test(token)) {
    return html`<b class="odd" title="Marks that were put on one letter">${[...token].length} marks</b>`;
  }
  if (HIDDEN.test(token) && [...token].length === 1) {
    return html`<b class="odd" title="A character that is not seen">${numberOf(token)}</b>`;
  }
  if (STYLED.test(token)) return oddWord(token, `reads ${token.normalize("NFKC")}`);
  const alphabets = ALPHABETS.filter(([, letters]) => letters.test(token)).map(([name]) => name);
  if (alphabets.length > 1) return oddWord(token, alphabets.join(" and "));
  const [only] = alphabets;
  if (isLatin && only !== undefined && only !== "Latin" && PASSES_FOR_LATIN.test(token)) {
    return oddWord(token, only);
  }
  return undefined;
}

function oddWord(word: string, note: string): Markup {
  return html`<span class="odd-word">${word}</span> <b class="odd" title="Letters that pass for others">${note}</b>`;
}

function numberOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

function countLetters(text: string): number {
  return text.match(/\p{L}/gu)?.length ?? 0;
}

/** Not between the halves of one character. */
function clipped(text: string): string {
  if (text.length <= MAX_SHOWN) return text;
  const end = /[\ud800-\udbff]/.test(text[MAX_SHOWN - 1] ?? "") ? MAX_SHOWN - 1 : MAX_SHOWN;
  return text.slice(0, end);
}
