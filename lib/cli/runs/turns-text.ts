/** The turns of an agent for people: what its model said, which tools it called, what came of them. */
import { callId } from "../../runtime/agent/agent-state.ts";
import type { JournalEntry } from "../../runtime/agent/journal-entry.ts";
import type { AgentJournal } from "../../runtime/trace/run-journals.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { formatInstant } from "../text/time-text.ts";
import { oneLine } from "./step-text.ts";
import { answeredText, money } from "./usage-text.ts";

/** Says who has answered before it shows any answer: a stand-in is never taken for a model. */
export function turnsText({ entries }: AgentJournal, out: Output): string[] {
  const lines = entries.flatMap((entry) => linesOf(entry, out));
  const by = answerersIn(entries);
  return by === ""
    ? lines
    : [`          ${oneLine(`answered by ${by}`, out.width - 10)}`, ...lines];
}

function answerersIn(entries: readonly JournalEntry[]): string {
  const found = new Map<string, NonNullable<ModelEntry["answeredBy"]>>();
  for (const entry of entries) {
    if (entry.kind !== "model" || entry.answeredBy === null) continue;
    found.set(`${entry.answeredBy.adapter} ${entry.answeredBy.model}`, entry.answeredBy);
  }
  return answeredText({ answeredBy: [...found.values()] });
}

type ModelEntry = Extract<JournalEntry, { readonly kind: "model" }>;

function linesOf(entry: JournalEntry, { width, color }: Output): string[] {
  const at = formatInstant(entry.at).slice(11);
  const below = (text: string) => `          ${oneLine(text, width - 10)}`;
  switch (entry.kind) {
    case "started": {
      const removed = entry.removed.map(({ path, class: is }) =>
        below(`not shown to it: ${path} (${is})`),
      );
      return [`${at}  ${safeText(entry.agent)} begins, with ${safeText(entry.model)}`, ...removed];
    }
    case "entered":
      return [`${at}  goes on`];
    case "model": {
      const { usage, cost, stopReason, turn, content, refused } = entry;
      const tokens = `${usage.inputTokens} + ${usage.outputTokens} tokens`;
      let calls = 0;
      const said = content.flatMap((block): string[] => {
        if ("text" in block) return [below(block.text)];
        if (!("toolUse" in block)) return [];
        calls += 1;
        const { name, input } = block.toolUse;
        return [below(`${callId(turn, calls - 1)} ${name} ${JSON.stringify(input)}`)];
      });
      const told = `turn ${turn}: ${stopReason}, ${tokens}, ${money(cost)}`;
      return [`${at}  ${color.bold(told)}`, ...said, ...(refused === null ? [] : [below(refused)])];
    }
    case "tool": {
      const { result, call, tool } = entry;
      const text =
        result.status === "success"
          ? JSON.stringify(result.value)
          : `${result.error}: ${result.message}`;
      return [`${at}  ${oneLine(`${call} ${tool}: ${text}`, width - 10)}`];
    }
    case "asked":
      return [`${at}  ${color.yellow(`a person is asked about ${safeText(entry.call)}`)}`];
    case "decision": {
      const by = entry.by === null ? "" : ` by ${entry.by}`;
      const why = [entry.category, entry.reason].filter(Boolean).join(": ");
      const reason = why === "" ? "" : `: ${why}`;
      const changed = entry.override === undefined ? "" : ", with other arguments";
      return [
        `${at}  ${oneLine(`${entry.call} ${entry.verdict}${by}${changed}${reason}`, width - 10)}`,
      ];
    }
    case "stopped":
      return [`${at}  ${oneLine(`stops: ${entry.reason} ${entry.message}`, width - 10)}`];
    case "done":
      return [`${at}  ${oneLine(`done: ${JSON.stringify(entry.artifact)}`, width - 10)}`];
    case "failed":
      return [
        `${at}  ${color.red(oneLine(`failed: ${entry.error}: ${entry.message}`, width - 10))}`,
      ];
    default:
      return entry satisfies never;
  }
}
