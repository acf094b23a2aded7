// Controls, invisible format characters (bidirectional overrides, zero-width ones, tags), line and
// paragraph separators, halves of surrogate pairs: what a terminal would act on, or hide.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text of unknown origin (errors, reasons, outputs, names), safe to print on one line of a terminal:
 * control and invisible formatting characters appear as escapes, `\u001b`.
 */
export function safeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** As `safeText`, but line breaks stay, and tabs become two spaces. */
export function safeLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => safeText(line.replaceAll("\t", "  ")))
    .join("\n");
}

/** In JSON's spelling, so that JSON stays JSON: two escapes for what takes two UTF-16 units. */
function escapeCharacter(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return (
    SHORT[character] ?? units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")
  );
}
