// C0 and C1 controls, DEL, the line separators, and the invisible characters that reorder or hide
// text (bidirectional overrides, zero-width ones): what a terminal would act on instead of showing.
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the purpose
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
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

function escapeCharacter(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
