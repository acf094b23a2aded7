/** Longest piece of a file that a message repeats. */
const MAX_QUOTED = 60;

/** Text from a file, in quotes and on one line, short enough for a message. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  const characters = [...line];
  return characters.length > MAX_QUOTED
    ? `"${characters.slice(0, MAX_QUOTED - 1).join("")}…"`
    : `"${line}"`;
}

/** What kind of value this is, in words: `the number 5`, `a list`, `nothing`. */
export function described(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : `the text ${quoted(value)}`;
    case "number":
      return `the number ${value}`;
    case "boolean":
      return String(value);
    default:
      return "a mapping";
  }
}
