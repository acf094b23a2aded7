/** The text that goes with a patch: what a reviewer of the pull request reads. */
import { z } from "espalier";
import { Tested } from "../../toolsets/workshop/test-report.ts";
import { Case } from "../case.ts";
import { Comparison } from "./comparison.ts";

export const Proposal = z.object({
  case: Case,
  explanation: z.string(),
  /** Who answered for the agent's model. */
  answeredBy: z.string(),
  spent: z.string(),
  changed: z.array(z.string()),
  bumps: z.array(z.object({ what: z.string(), from: z.string(), to: z.string() })),
  /** Component by component, in words. */
  changes: z.array(z.string()),
  tested: Tested,
  comparison: Comparison,
});
export type Proposal = z.infer<typeof Proposal>;

export interface Approval {
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

/** Markdown. Texts of others are quoted or code, so that they make no headings and no links. */
export function proposalText(proposal: Proposal, approval: Approval): string {
  const { case: of, comparison, tested, bumps, changes } = proposal;
  const row = (name: string, decision: Comparison["old"]) =>
    `| ${name} | ${decision ? `${decision.verdict} | ${cell(decision.licence)} | ${cell(decision.reason)}` : "none | |"} |`;
  const { expected } = comparison;
  return `# ${of.workflow}: ${cell(of.component)} is ${expected.verdict}

${quoted(of.reason)}

says ${cell(of.expert)} of the run \`${of.run}\` of ${of.day}.

| | verdict | licence | reason |
| --- | --- | --- | --- |
${row("that run", comparison.old)}
${row("today", comparison.today)}
${row("with this change", comparison.proposed)}
| expected | ${expected.verdict} | ${cell(expected.licence ?? "")} | |

## What changes

${bumps.map(({ what, from, to }) => `- ${what} ${from} → ${to}`).join("\n")}
${changes.map((words) => `- ${cell(words)}`).join("\n")}
${comparison.alsoChanged.map((words) => `- **Also in that run:** ${cell(words)}`).join("\n")}

## Why

The agent writes (${cell(proposal.answeredBy)}; ${cell(proposal.spent)}):

${quoted(proposal.explanation)}

## Tests

\`${tested.bundle}\`: the case was ${tested.case.before ?? "new"} and is ${tested.case.now}; of ${tested.others} other scenarios ${tested.worse.length} came out worse, ${tested.better.length} better. \`three-way.html\` has old, current and expected, step by step.

Approved by ${cell(approval.by)} at ${approval.at}:

${quoted(approval.reason ?? "")}
`.replace(/\n{3,}/g, "\n\n");
}

/** In one line, and without a meaning for Markdown. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_[\]<>|#!]/g, "\\$&");
}

function quoted(text: string): string {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line) => `> ${cell(line)}`)
    .join("\n");
}
