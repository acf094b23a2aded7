/** Characters of a service's own words: it may repeat what it was sent. */
const MAX_WORDS = 300;

/** A service's words for an error: on one line, cut, and without the secret that it was given. */
export function masked(words: string, secret?: string): string {
  const clean = secret === undefined || secret === "" ? words : words.replaceAll(secret, "[key]");
  const line = clean.replaceAll(/\s+/g, " ").trim();
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)}…` : line;
}
