import type { Control, RunDetail } from "../../runtime/control.ts";
import type { RunJournals, StepJournal } from "../../runtime/trace/run-journals.ts";
import { type StepUsage, totalUsage, usageOfRun, usageOfStep } from "../../runtime/trace/usage.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { displayWidth } from "../text/table.ts";
import { oneLine } from "./step-text.ts";
import { agentUsageText, answeredText, usageText } from "./usage-text.ts";

/** What models and agents of a run have done; nothing, and no look, where it has none. */
export async function modelJournals(
  control: Control,
  { id, steps }: Pick<RunDetail, "id" | "steps">,
): Promise<RunJournals> {
  const asks = steps.some(({ kind }) => kind === "agent" || kind === "model");
  return asks ? control.journals(id) : { format: 1, steps: [] };
}

/** Who has answered models, and what each step has used; nothing where no model was asked. */
export function printModels(out: Output, { steps }: RunJournals): void {
  const total = usageOfRun({ steps });
  if (total.calls === 0) return;
  const groups = new Map<string, StepJournal[]>();
  for (const journal of steps) {
    groups.set(journal.step, [...(groups.get(journal.step) ?? []), journal]);
  }
  const names = [...groups.keys()].map((name) => safeText(name));
  const width = Math.max(...names.map(displayWidth));
  out.line();
  out.line(`Models: answered by ${answeredText(total)}`);
  for (const [step, journals] of groups) {
    const name = safeText(step);
    const padded = name + " ".repeat(width - displayWidth(name));
    out.line(`  ${padded}  ${oneLine(stepText(journals), out.width - width - 4)}`);
  }
  if (groups.size > 1)
    out.line(`  ${"".padEnd(width)}  ${out.color.dim(`together ${usageText(total)}`)}`);
}

/** What one step has used, over all its iterations. */
export function stepText(journals: readonly StepJournal[]): string {
  const usages = journals.map(usageOfStep);
  const text =
    journals[0]?.kind === "agent"
      ? agentUsageText(together(usages))
      : usageText(totalUsage(usages));
  return journals.length > 1 ? `${journals.length} times: ${text}` : text;
}

function together(usages: readonly StepUsage[]): StepUsage {
  const sum = (count: (usage: StepUsage) => number) =>
    usages.reduce((total, usage) => total + count(usage), 0);
  return {
    ...totalUsage(usages),
    questions: sum(({ questions }) => questions),
    reentries: sum(({ reentries }) => reentries),
    toolErrors: sum(({ toolErrors }) => toolErrors),
    stopReason: usages.at(-1)?.stopReason ?? null,
  };
}
