/** Text from files, made safe for terminals: nothing in it moves the cursor or turns the line round. */
import stringWidth from "fast-string-truncated-width";

/** C0, C1, and the characters that reorder or hide what stands on a line (Unicode's Bidi_Control, Cf, Zl, Zp). */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Each unsafe character as one visible one: control pictures for C0 and DEL, else a replacement mark. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return "\ufffd";
  });
}

/** Columns that a printable text takes on a terminal. */
export function columns(text: string): number {
  return stringWidth(text).width;
}
