/** How services say that a prompt is too long; most of them have no code for it. */
const WORDS =
  /context (length|window|size)|(prompt|input|request) is too long|too many (input )?tokens|maximum (number of )?(input )?tokens|exceeds? the (model's )?maximum/i;

export function isContextText(message: string): boolean {
  return WORDS.test(message);
}
