/** The lines between dashes at the head of a prompt file: which inputs it has. */
import * as z from "zod";
import type { Diagnostic } from "../diagnostic.ts";
import { checkGrammar, inOrder } from "../grammar.ts";
import { issue } from "../issue.ts";
import { quoted } from "../quoted.ts";
import { parseYaml } from "../yaml.ts";
import type { PromptDocument } from "./prompt-document.ts";
import type { PromptFinding } from "./prompt-finding.ts";

/** Name of an input: what stands between the braces. */
export const INPUT_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const InputName = z.string().check((ctx) => {
  if (INPUT_NAME.test(ctx.value)) return;
  ctx.issues.push(
    issue(ctx.value, {
      code: "ESP210",
      message: `${quoted(ctx.value)} cannot be a name here`,
      hint: "A letter, then letters, digits and underscores; at most 64 in all.",
    }),
  );
});

const FrontMatter = z.strictObject({
  description: z.string().optional(),
  inputs: z
    .record(
      InputName,
      z.strictObject({
        type: z.enum(["text", "json"]),
        description: z.string().exactOptional(),
      }),
    )
    .optional(),
});

export interface FrontMatterRead {
  readonly inputs: PromptDocument["inputs"];
  /** Line of the text (from 0) at which the prompt itself begins. */
  readonly bodyLine: number;
  readonly findings: readonly PromptFinding[];
  /** False if the inputs are unknown because something is wrong with them. */
  readonly readable: boolean;
}

/** Reads it from the lines of a file; a file without front matter has no inputs. */
export function readFrontMatter(lines: readonly string[], file: string): FrontMatterRead {
  if (lines[0]?.trimEnd() !== "---") {
    return { inputs: {}, bodyLine: 0, findings: [], readable: true };
  }
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === "---");
  if (end < 0) {
    const finding: PromptFinding = {
      problem: "front-matter",
      severity: "error",
      message: "the front matter is not closed",
      hint: "Put a line of three dashes after it.",
      place: { file, line: 1, column: 1, endLine: 1, endColumn: 4 },
    };
    return { inputs: {}, bodyLine: lines.length, findings: [finding], readable: false };
  }
  const body = lines.slice(1, end);
  if (body.every((line) => /^\s*(#.*)?$/.test(line))) {
    return { inputs: {}, bodyLine: end + 1, findings: [], readable: true };
  }
  // An empty line in the place of the dashes: so lines count as in the file.
  const { value, source, diagnostics } = parseYaml(["", ...body, ""].join("\n"), file);
  const checked = value === undefined ? undefined : checkGrammar(FrontMatter, value, source);
  const all = inOrder([...diagnostics, ...(checked?.diagnostics ?? [])]);
  return {
    inputs: checked?.data?.inputs ?? {},
    bodyLine: end + 1,
    findings: all.map((each) => toFinding(each, file)),
    readable: checked?.data !== undefined,
  };
}

function toFinding({ place, ...rest }: Diagnostic, file: string): PromptFinding {
  return {
    problem: "front-matter",
    ...rest,
    place: place ?? { file, line: 1, column: 1, endLine: 1, endColumn: 4 },
  };
}
