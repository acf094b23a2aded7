/**
 * Words of a text as they are searched: without case, accents and compatibility forms. Scripts that
 * put no space between words are cut into overlapping pairs of characters, so that a word is found
 * inside of a sentence. Nothing here depends on a language, or on the machine's locale.
 */
export function wordsOf(text: string): string[] {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
  const words = plain.match(/[\p{L}\p{N}_]+/gu) ?? [];
  // Most texts have none, and this is where the time to make an index goes.
  return UNSPACED.test(plain) ? words.flatMap(partsOf) : words;
}

const SCRIPTS = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}";
const UNSPACED = new RegExp(`[${SCRIPTS}]`, "u");
const PART = new RegExp(`[${SCRIPTS}]+|[^${SCRIPTS}]+`, "gu");

function partsOf(word: string): string[] {
  const parts = word.match(PART) ?? [];
  return parts.flatMap((part) => (UNSPACED.test(part) ? pairsOf(part) : [part]));
}

function pairsOf(run: string): string[] {
  const characters = [...run];
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}
