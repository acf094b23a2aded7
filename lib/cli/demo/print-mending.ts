import { SUBMIT } from "../../runtime/agent/agent-state.ts";
import type { Control } from "../../runtime/control.ts";
import type { AgentJournal } from "../../runtime/trace/run-journals.ts";
import { usageOfRun } from "../../runtime/trace/usage.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../runs/step-text.ts";
import { answeredText } from "../runs/usage-text.ts";

const LABEL = 10;

/** What the agent of `casework` did, turn by turn: what it said, called, and was told. */
export async function printMending(out: Output, control: Control, run: string): Promise<void> {
  const { steps } = await control.journals(run);
  out.line(out.color.yellow(`  Answered by ${answeredText(usageOfRun({ steps }))}.`));
  for (const journal of steps) {
    if (journal.kind === "agent") printOne(out, journal);
  }
}

function printOne(out: Output, { entries }: AgentJournal): void {
  const line = (label: string, text: string) =>
    out.line(`  ${label.padEnd(LABEL)}${oneLine(text, out.width - LABEL - 2)}`);
  for (const entry of entries) {
    if (entry.kind === "model") {
      const calls = entry.content.flatMap((block) =>
        "toolUse" in block ? [block.toolUse.name] : [],
      );
      const said = entry.content.flatMap((block) => ("text" in block ? [block.text] : []));
      line(`turn ${entry.turn}`, [...said, calls.join(", ")].filter(Boolean).join(" "));
    } else if (entry.kind === "tool" && entry.tool !== SUBMIT) {
      for (const problem of problemsIn(entry.result)) line("", `refused: ${problem}`);
    }
  }
}

/** Of a tool that says what is wrong with a change. */
function problemsIn(result: { readonly status: string; readonly value?: unknown }): string[] {
  const { value } = result;
  if (typeof value !== "object" || value === null || !("problems" in value)) return [];
  return Array.isArray(value.problems) ? value.problems.map(String) : [];
}
