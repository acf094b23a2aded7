/** `docs/diagnostics.md`, written from the table of codes. */
import { CODES, type Code } from "./codes.ts";

const GROUPS: Readonly<Record<string, string>> = {
  "1": "Files and YAML",
  "2": "Grammar",
  "3": "Names and expressions",
  "4": "Contracts",
  "5": "Effects and approvals",
  "6": "Limits and quotas",
  "7": "Bundles and code",
  "8": "Components, environments, models and agents",
  "9": "Not yet supported",
};

/** The whole document. Examples of `steps` are lists of steps, all others lie beside them. */
export function diagnosticsDocument(): string {
  const lines = [
    "# Diagnostics",
    "",
    "Every finding that `espalier check` can make, by its code. Written by `npm run docs` from",
    "`lib/manifest/codes.ts`; a test makes each of them happen.",
    "",
  ];
  let group = "";
  for (const [code, info] of Object.entries(CODES).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const digit = code.charAt(3);
    if (digit !== group) {
      group = digit;
      lines.push(`## ESP${digit}xx: ${GROUPS[digit] ?? ""}`, "");
    }
    lines.push(...section(code, info));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function section(code: string, { title, explanation, example }: Code): string[] {
  const lines = [`### ${code}: ${title}`, "", explanation, ""];
  if ("words" in example) return [...lines, `For example: ${example.words}`, ""];
  const files = Object.entries(example.files ?? {});
  const manifest =
    "manifest" in example
      ? example.manifest
      : "steps" in example
        ? `steps:\n${example.steps.replaceAll(/^(?=.)/gm, "  ")}`
        : example.keys;
  lines.push(...fenced("yaml", "workflow.yaml", manifest));
  for (const [path, text] of files) {
    lines.push(...fenced(path.split(".").at(-1) ?? "", path, text));
  }
  return lines;
}

function fenced(language: string, path: string, text: string): string[] {
  const comment = language === "ts" ? "//" : "#";
  return [`\`\`\`${language}`, `${comment} ${path}`, text.trimEnd(), "```", ""];
}
