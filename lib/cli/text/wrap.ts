/**
 * Lines of at most `width` characters. The first begins with `indent`, the others with `hanging`
 * (default: two spaces more). A word that fits into no line is cut.
 */
export function wrap(
  text: string,
  width: number,
  indent = "",
  hanging = `${indent}  `,
): readonly string[] {
  const lines: string[] = [];
  let begin = indent;
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (line !== "" && begin.length + joined.length > width) {
      lines.push(begin + line);
      begin = hanging;
      line = word;
    } else line = joined;
    for (let room = width - begin.length; line.length > room; room = width - begin.length) {
      lines.push(begin + line.slice(0, room));
      begin = hanging;
      line = line.slice(room);
    }
  }
  return [...lines, begin + line];
}
