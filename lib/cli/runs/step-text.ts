import type { TimelineRow, TimelineStage } from "../../runtime/timeline.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { truncate } from "../text/table.ts";
import { formatMilliseconds } from "../text/time-text.ts";

type Paint = Output["color"];

/** What became of a step, in a few plain words: `done`, `done at attempt 3`, `failed: Step.Failed`. */
export function outcomeText(row: TimelineRow): string {
  const tries = row.attempts.length > 1 ? ` at attempt ${row.attempts.length}` : "";
  const error = row.error === null ? "" : `: ${safeText(row.error.name)}`;
  switch (row.outcome) {
    case "running":
      return "running";
    case "waiting":
      return row.kind === "approval" ? waitsText(row) : "waits";
    case "succeeded":
      return `done${tries}`;
    case "failed":
      return `failed${tries}${error}`;
    case "caught":
      return `caught${tries}${error}`;
    case "skipped":
      return "skipped";
    case "aborted":
      return "aborted";
    default:
      return row.outcome satisfies never;
  }
}

/** Whom an approval waits for, once somebody else is asked than at first. */
function waitsText({ stages = [] }: TimelineRow): string {
  const stage = stages.at(-1);
  return stage === undefined || stage.level === 1
    ? "waits for a person"
    : `waits for a person, level ${stage.level} of ${stage.levels}`;
}

/** What a stage of an approval is: `asked legal@example.com`, `escalated to head@example.com`. */
export function stageText({ kind, level, levels, approvers }: TimelineStage): string {
  const people = approvers.map(safeText).join(", ");
  const of = levels > 1 ? ` (level ${level} of ${levels})` : "";
  switch (kind) {
    case "request":
      return `asked ${people}${of}`;
    case "reminder":
      return `reminded ${people}${of}`;
    case "escalation":
      return `escalated to ${people}${of}`;
    case "queue":
      return "past the last deadline, open without an end";
    default:
      return kind satisfies never;
  }
}

export function paintOutcome(outcome: TimelineRow["outcome"], text: string, paint: Paint): string {
  switch (outcome) {
    case "succeeded":
      return paint.green(text);
    case "failed":
      return paint.red(text);
    case "caught":
    case "waiting":
      return paint.yellow(text);
    default:
      return paint.dim(text);
  }
}

/** How long a step took; empty while it has not ended, and for what takes no time of its own. */
export function durationText(row: TimelineRow): string {
  const takesTime = row.attempts.length > 0 || (row.durationMs ?? 0) >= 1;
  return row.durationMs === null || !takesTime || row.outcome === "skipped"
    ? ""
    : formatMilliseconds(row.durationMs);
}

/**
 * The message inside a cause: Lambda reports `{"errorType","errorMessage","trace"}` as JSON. Not yet
 * safe to print.
 */
export function causeMessage(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === "object" && parsed !== null && "errorMessage" in parsed) {
      return String(parsed.errorMessage);
    }
  } catch {
    // Most causes are plain sentences.
  }
  return cause;
}

/** What several iterations of one step came to: `12 done, 2 failed, 1 retried`. */
export function summaryText(rows: readonly TimelineRow[]): string {
  const count = (test: (row: TimelineRow) => boolean) => rows.filter(test).length;
  const parts: [number, string][] = [
    [count(({ outcome }) => outcome === "succeeded"), "done"],
    [count(({ outcome }) => outcome === "failed"), "failed"],
    [count(({ outcome }) => outcome === "caught"), "caught"],
    [count(({ outcome }) => outcome === "skipped"), "skipped"],
    [count(({ outcome }) => outcome === "waiting"), "waiting"],
    [count(({ outcome }) => outcome === "running"), "running"],
    [count(({ outcome }) => outcome === "aborted"), "aborted"],
    [count(({ attempts }) => attempts.length > 1), "retried"],
  ];
  return parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(", ");
}

/** `80 ms to 2.1 s`: the shortest and the longest of several iterations of one step. */
export function spreadText(rows: readonly TimelineRow[]): string {
  const times = rows.filter((row) => durationText(row) !== "").map((row) => row.durationMs ?? 0);
  if (times.length === 0) {
    return "";
  }
  const least = formatMilliseconds(Math.min(...times));
  const most = formatMilliseconds(Math.max(...times));
  return least === most ? most : `up to ${most}`;
}

/** Text of any length as one line of at most `width` columns. */
export function oneLine(text: string, width: number): string {
  return truncate(safeText(text.replace(/\s+/g, " ").trim()), width);
}
