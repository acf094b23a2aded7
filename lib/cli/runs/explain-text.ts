/** The eight answers on one page, for a terminal. */
import type { Answer } from "../../replay/explain-run.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { wrap } from "../text/wrap.ts";

const NAME_WIDTH = 26;

/** Lines of at most `width` columns of text: what is longer goes on below. */
export function explainText(
  answers: readonly Answer[],
  { color, width }: Pick<Output, "color" | "width">,
): readonly string[] {
  return answers.flatMap(({ question, facts, none }, index) => [
    ...(index === 0 ? [] : [""]),
    color.bold(`${index + 1}. ${question}`),
    ...(facts.length === 0 ? wrap(none, width, "   ", "   ") : []),
    ...facts.flatMap(({ name, value }) => factLines(safeText(name), safeText(value), width)),
  ]);
}

function factLines(name: string, value: string, width: number): string[] {
  const indent = " ".repeat(3 + NAME_WIDTH + 1);
  const lines = wrap(value, width - indent.length, "", "");
  // A name that is too long for its column has the line to itself.
  if (name.length > NAME_WIDTH) {
    const own = wrap(name, width, "   ", "   ");
    return [...own, ...lines.map((line) => `${indent}${line}`)];
  }
  const [first = "", ...rest] = lines;
  const head = `   ${name.padEnd(NAME_WIDTH)} ${first}`.trimEnd();
  return [head, ...rest.map((line) => `${indent}${line}`)];
}
