/** One line of a part: text, placeholders and cache points. */
import { nearest } from "../nearest.ts";
import { quoted } from "../quoted.ts";
import { INPUT_NAME } from "./front-matter.ts";
import type { PromptPiece } from "./prompt-document.ts";
import type { PromptFinding } from "./prompt-finding.ts";

/** A finding within its line; columns from 1. */
export type LineFinding = Pick<PromptFinding, "problem" | "severity" | "message" | "hint"> & {
  readonly column: number;
  readonly endColumn: number;
};

export interface LineRead {
  readonly pieces: readonly PromptPiece[];
  readonly findings: readonly LineFinding[];
}

/** What means something: an escaped brace, a placeholder (closed or not), a comment that says cache. */
const TOKEN = /\\(\{\{)|\{\{(?:(.*?)\}\})?|<!--\s*(cache\b.*?)(?:-->|$)/g;

/**
 * Placeholders stand anywhere, also in code; `\{{` is text. Cache points only outside of code.
 * `inputs` are the declared names, undefined if they are not known.
 */
export function parsePieces(
  line: string,
  inputs: readonly string[] | undefined,
  isCode: boolean,
): LineRead {
  const pieces: PromptPiece[] = [];
  const findings: LineFinding[] = [];
  let from = 0;
  const text = (to: number) => {
    if (to > from) pieces.push({ text: line.slice(from, to) });
  };
  for (const match of line.matchAll(TOKEN)) {
    const [whole, escaped, name, cache] = match;
    if (cache !== undefined && isCode) continue;
    const report = (problem: PromptFinding["problem"], message: string, hint?: string) => {
      // Else its part might be found empty, too.
      pieces.push({ text: whole });
      findings.push({
        problem,
        severity: "error",
        message,
        ...(hint !== undefined && { hint }),
        column: match.index + 1,
        endColumn: match.index + 1 + whole.length,
      });
    };
    text(match.index);
    from = match.index + whole.length;
    if (escaped !== undefined) pieces.push({ text: escaped });
    else if (cache !== undefined) {
      const ttl = /^cache(?:\s+(5m|1h))?\s*$/.exec(cache);
      if (ttl && whole.endsWith("-->")) pieces.push({ cache: ttl[1] === "1h" ? "1h" : "5m" });
      else {
        report(
          "cache",
          `${quoted(whole)} is no cache point`,
          "Write <!-- cache --> (five minutes) or <!-- cache 1h -->.",
        );
      }
    } else if (name === undefined) {
      report(
        "placeholder",
        '"{{" is not closed on this line',
        "Write \\{{ where braces are meant.",
      );
    } else {
      const wrong = placeholderProblem(name.trim(), inputs);
      if (wrong) report("placeholder", ...wrong);
      else pieces.push({ input: name.trim() });
    }
  }
  text(line.length);
  return { pieces, findings };
}

function placeholderProblem(
  name: string,
  inputs: readonly string[] | undefined,
): [string, string] | undefined {
  if (!INPUT_NAME.test(name)) {
    return [
      `${quoted(`{{${name}}}`)} names no input`,
      "Between the braces stands the name of one input: nothing is evaluated. Write \\{{ where braces are meant.",
    ];
  }
  if (inputs === undefined || inputs.includes(name)) return undefined;
  const near = nearest(name, inputs);
  return [
    `the prompt has no input "${name}"`,
    near
      ? `Did you mean "${near}"?`
      : `Declare it in the front matter: inputs: { ${name}: { type: text } }.`,
  ];
}
