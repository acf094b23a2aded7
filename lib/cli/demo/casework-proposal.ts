/** What a run of `casework` has proposed, as far as the demo speaks of it. */
import { z } from "zod";
import type { Output } from "../output.ts";
import { oneLine } from "../runs/step-text.ts";
import { safeText } from "../text/safe-text.ts";

export const CaseworkOutput = z.object({
  status: z.string(),
  proposal: z.object({ folder: z.string() }).nullable(),
});

const Decision = z.object({ verdict: z.string(), licence: z.string(), reason: z.string() });

export const WrittenProposal = z.object({
  case: z.object({ name: z.string(), workflow: z.string() }),
  answeredBy: z.string(),
  changed: z.array(z.string()),
  bumps: z.array(z.object({ what: z.string(), from: z.string(), to: z.string() })),
  comparison: z.object({
    component: z.string(),
    old: Decision.nullable(),
    proposed: Decision.nullable(),
    expected: z.object({ verdict: z.string() }),
    alsoChanged: z.array(z.string()),
  }),
  tested: z.object({
    case: z.object({ before: z.string().nullable(), now: z.string() }),
    others: z.number(),
    worse: z.array(z.unknown()),
    better: z.array(z.unknown()),
  }),
  approval: z.object({ by: z.string(), reason: z.string().nullable() }),
});
export type WrittenProposal = z.infer<typeof WrittenProposal>;

const LABEL = 10;

/** Old, current and expected; what the tests say; the part of the patch that people read. */
export function printProposal(out: Output, proposal: WrittenProposal, patch: string): void {
  const { comparison, tested, bumps, approval } = proposal;
  const line = (label: string, text: string) =>
    out.line(`  ${label.padEnd(LABEL)}${oneLine(text, out.width - LABEL - 2)}`);
  const decided = (decision: WrittenProposal["comparison"]["old"]) =>
    decision ? `${decision.verdict}: ${decision.reason}` : "no decision";
  line("old", decided(comparison.old));
  line("current", decided(comparison.proposed));
  line("expected", comparison.expected.verdict);
  for (const words of comparison.alsoChanged) line("also", words);
  const { case: own, others, worse, better } = tested;
  line("tests", `the case was ${own.before ?? "new"}, and is ${own.now}`);
  line("", `${others} other scenarios: ${worse.length} worse, ${better.length} better`);
  for (const { what, from, to } of bumps) line("version", `${what} ${from} → ${to}`);
  line("approved", `by ${approval.by}`);
  for (const each of filesOf(patch, proposal)) {
    out.line();
    for (const text of each.split("\n")) {
      const paint = text.startsWith("+")
        ? out.color.green
        : text.startsWith("-")
          ? out.color.red
          : out.color.dim;
      out.line(`  ${paint(safeText(text))}`);
    }
  }
  out.line(out.color.dim("  and the scenario, the lock, the version, the compiled state machine"));
}

/** The hunks of the files that the agent has changed, each under its name. */
function filesOf(patch: string, { changed, case: of }: WrittenProposal): string[] {
  return patch
    .split(/^(?=diff --git )/m)
    .filter((part) => changed.some((path) => part.includes(`/bundles/${of.workflow}/${path}\n`)))
    .map((part) => {
      const at = part.indexOf("\n@@ ");
      const name = changed.find((path) => part.includes(`/${path}\n`)) ?? "";
      return `${name}\n${part.slice(at + 1).trimEnd()}`;
    });
}
