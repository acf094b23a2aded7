/** Whether a quote stands in a text: blanks and line ends are all alike, everything else is exact. */

/** Shorter ones stand anywhere. */
const SHORTEST = 12;

export interface Place {
  /** From 1. */
  readonly line: number;
}

/** Undefined where it does not stand, or is too short to say anything. */
export function findQuote(text: string, quote: string): Place | undefined {
  const wanted = normal(quote).trim();
  if (wanted.length < SHORTEST) return undefined;
  const starts: number[] = [];
  let flat = "";
  for (const line of text.split(/\r\n?|\n/)) {
    starts.push(flat.length);
    const content = normal(line).trim();
    flat += content === "" ? "" : `${content} `;
  }
  const at = flat.indexOf(wanted);
  if (at < 0) return undefined;
  // Empty lines begin where the next one does: the last line that begins there is meant.
  return { line: starts.filter((start) => start <= at).length };
}

function normal(text: string): string {
  return text.replace(/\s+/g, " ");
}
