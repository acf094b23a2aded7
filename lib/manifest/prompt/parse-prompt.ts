/**
 * Prompt files: Markdown with front matter.
 *
 *     ---
 *     inputs:
 *       text: { type: text, description: What is to be classified }
 *     ---
 *     # system
 *     You classify licences.
 *     <!-- cache -->
 *
 *     # user
 *     {{text}}
 */
import { createHash } from "node:crypto";
import type { Place } from "../diagnostic.ts";
import { readFrontMatter } from "./front-matter.ts";
import { type LineFinding, parsePieces } from "./parse-pieces.ts";
import { PROMPT_ROLES, type PromptDocument, type PromptRole } from "./prompt-document.ts";
import type { PromptFinding } from "./prompt-finding.ts";
import { checkRoles, type OpenPart } from "./prompt-roles.ts";

export interface ParsedPrompt {
  /** Absent if there is any error. */
  readonly document?: PromptDocument;
  /** In the order of the file. */
  readonly findings: readonly PromptFinding[];
}

/**
 * Reads a prompt. Never throws for what the text is. `source` becomes `PromptDocument.source`, `file`
 * (default: the same) is what places name. The digest is that of the text's bytes in UTF-8.
 */
export function parsePrompt(text: string, source: string, file: string = source): ParsedPrompt {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  const head = readFrontMatter(lines, file);
  const names = head.readable ? Object.keys(head.inputs) : undefined;
  const findings: PromptFinding[] = [...head.findings];
  const parts: OpenPart[] = [];
  let fence: string | undefined;
  let strayed = false;
  for (const [index, line] of lines.entries()) {
    if (index < head.bodyLine) continue;
    const place = (column: number, endColumn: number): Place => ({
      file,
      line: index + 1,
      column,
      endLine: index + 1,
      endColumn: Math.max(endColumn, column + 1),
    });
    const isCode = fence !== undefined || opensFence(line) !== undefined;
    fence = fence === undefined ? opensFence(line) : closesFence(line, fence) ? undefined : fence;
    const role = isCode ? undefined : roleOf(line);
    if (role?.exact) {
      parts.push({ role: role.name, place: place(1, line.length + 1), pieces: [] });
      continue;
    }
    if (role !== undefined) {
      findings.push({
        problem: "roles",
        severity: "error",
        message: "this heading looks like the beginning of a part, but is not written like one",
        hint: `Write "# ${role.name}", or \\${line.trim()} where the words are meant.`,
        place: place(1, line.length + 1),
      });
    }
    const part = parts.at(-1);
    if (!part) {
      if (line.trim() !== "" && !strayed && role === undefined) {
        strayed = true;
        findings.push(strayText(place(1, line.length + 1)));
      }
      continue;
    }
    const read = parsePieces(
      line.replace(/^\\(# (?:system|user|assistant)\s*)$/, "$1"),
      names,
      isCode,
    );
    findings.push(...read.findings.map((each) => placed(each, place)));
    part.pieces.push(...read.pieces, { text: "\n" });
  }
  const checked = checkRoles(parts, file);
  findings.push(...checked.findings);
  if (names) findings.push(...unused(names, parts, file));
  findings.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  if (findings.some(({ severity }) => severity === "error")) return { findings };
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { document: { source, digest, inputs: head.inputs, parts: checked.parts }, findings };
}

/** CommonMark: three or more backticks or tildes, indented by at most three spaces. */
function opensFence(line: string): string | undefined {
  return /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1];
}

function closesFence(line: string, fence: string): boolean {
  const found = /^ {0,3}(`+|~+)\s*$/.exec(line)?.[1];
  return found !== undefined && found[0] === fence[0] && found.length >= fence.length;
}

function roleOf(line: string): { readonly name: PromptRole; readonly exact: boolean } | undefined {
  const word = /^ {0,3}#\s*([A-Za-z]+):?\s*#*\s*$/.exec(line)?.[1]?.toLowerCase();
  const name = PROMPT_ROLES.find((role) => role === word);
  return name && { name, exact: line.trimEnd() === `# ${name}` };
}

function strayText(place: Place): PromptFinding {
  return {
    problem: "roles",
    severity: "error",
    message: "text stands before the first part",
    hint: "A prompt begins with the heading # system or # user.",
    place,
  };
}

function placed(
  { column, endColumn, ...rest }: LineFinding,
  place: (column: number, endColumn: number) => Place,
): PromptFinding {
  return { ...rest, place: place(column, endColumn) };
}

function unused(
  names: readonly string[],
  parts: readonly OpenPart[],
  file: string,
): PromptFinding[] {
  const used = new Set(
    parts.flatMap(({ pieces }) =>
      pieces.flatMap((piece) => ("input" in piece ? [piece.input] : [])),
    ),
  );
  return names
    .filter((name) => !used.has(name))
    .map((name) => ({
      problem: "placeholder",
      severity: "warning",
      message: `the input "${name}" is declared, and stands nowhere in the prompt`,
      hint: `Insert it with {{${name}}}, or remove it.`,
      place: { file, line: 1, column: 1, endLine: 1, endColumn: 4 },
    }));
}
