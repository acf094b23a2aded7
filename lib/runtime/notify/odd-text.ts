/**
 * What in a text is not what it seems: characters that are not seen, or turn the line round, and words
 * whose letters pass for others. Messages write notes in brackets; pages mark the same with markup.
 */

/**
 * Controls, invisible format characters, odd spaces, unpaired surrogates, fillers. Not tab and line feed,
 * and not the selectors that belong to emoji.
 */
const HIDDEN =
  /(?!\t|\n|\ufe0e|\ufe0f)(?:\p{Variation_Selector}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u115f\u1160\u2800\u3164\uffa0])/u;
/** More marks on one letter than any language needs. */
const STACKED = /\p{M}{4,}/u;
// Some fillers are letters to Unicode.
const WORD = new RegExp(`(?:(?!${HIDDEN.source})[\\p{L}\\p{N}]\\p{M}{0,3}(?!\\p{M}))+`, "u");
const TOKENS = new RegExp(`${STACKED.source}|${HIDDEN.source}|${WORD.source}`, "gu");

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

/** A piece of a text. `note`: what is odd about it; `hidden`: the note stands in its place. */
export interface TextPiece {
  readonly text: string;
  readonly note?: string;
  readonly hidden?: boolean;
}

/** The text in pieces, in order; together they are the text. */
export function textPieces(text: string): readonly TextPiece[] {
  const isLatin = countOf(/\p{Script=Latin}/gu, text) * 2 >= countOf(/\p{L}/gu, text);
  const pieces: TextPiece[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKENS)) {
    const odd = oddPiece(match[0], isLatin);
    if (!odd) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push(odd);
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** Whether the text holds characters that are not seen. */
export function hasHidden(text: string): boolean {
  return HIDDEN.test(text);
}

/** The text with notes in brackets behind what is odd, and numbers in the place of what is not seen. */
export function notedText(text: string): string {
  return textPieces(text)
    .map(({ text: piece, note, hidden }) => {
      if (note === undefined) return piece;
      return hidden ? `[${note}]` : `${piece} [${note}]`;
    })
    .join("");
}

function oddPiece(token: string, isLatin: boolean): TextPiece | undefined {
  if (/^[\x20-\x7e]*$/.test(token)) return undefined;
  if (STACKED.test(token)) {
    return { text: token, note: `${[...token].length} marks`, hidden: true };
  }
  if ([...token].length === 1 && HIDDEN.test(token)) {
    return { text: token, note: numberOf(token), hidden: true };
  }
  const note = noteOn(token, isLatin);
  return note === undefined ? undefined : { text: token, note };
}

function noteOn(word: string, isLatin: boolean): string | undefined {
  if (STYLED.test(word)) return `reads ${word.normalize("NFKC")}`;
  const alphabets = ALPHABETS.filter(([, letters]) => letters.test(word)).map(([name]) => name);
  if (alphabets.length > 1) return alphabets.join(" and ");
  const [only] = alphabets;
  const passes = only !== undefined && only !== "Latin" && PASSES_FOR_LATIN.test(word);
  return isLatin && passes ? only : undefined;
}

function numberOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

function countOf(pattern: RegExp, text: string): number {
  return text.match(pattern)?.length ?? 0;
}
