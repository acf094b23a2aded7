import type { TimelineRow } from "../../runtime/timeline.ts";
import type { StepJournal } from "../../runtime/trace/run-journals.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import { formatInstant, formatMilliseconds } from "../text/time-text.ts";
import { stepText } from "./model-summary.ts";
import {
  causeMessage,
  durationText,
  oneLine,
  outcomeText,
  paintOutcome,
  spreadText,
  stageText,
  summaryText,
} from "./step-text.ts";

/** Iterations of one step up to this many are listed one by one. */
const MOST_LISTED = 10;

interface Line {
  readonly cells: readonly [step: string, kind: string, took: string, outcome: string];
  readonly outcome: TimelineRow["outcome"];
  /** Shown beneath: an error in full, attempts that failed. */
  readonly remarks: readonly string[];
}

/**
 * The steps of a run as a table. Steps with more than 10 iterations take one line, plus one for each
 * iteration that did not succeed; `all` lists every iteration. Beneath a model or an agent stands what
 * its journal says that it has used.
 */
export function timelineTable(
  rows: readonly TimelineRow[],
  out: Pick<Output, "color" | "width">,
  all: boolean,
  journals: readonly StepJournal[] = [],
): string[] {
  const lines = linesOf(rows, all, journals);
  const table = renderTable(
    [
      { title: "STEP", shrink: true },
      { title: "KIND", paint: out.color.dim },
      { title: "TOOK", align: "right" },
      {
        title: "OUTCOME",
        paint: (cell, row) => paintOutcome(lines[row]?.outcome ?? "running", cell, out.color),
      },
    ],
    lines.map(({ cells }) => cells),
    out.width - 2,
  );
  return table.flatMap((text, index) => [
    `  ${text}`,
    ...(lines[index - 1]?.remarks ?? []).map((remark) =>
      out.color.dim(`      ${oneLine(remark, out.width - 6)}`),
    ),
  ]);
}

function linesOf(
  rows: readonly TimelineRow[],
  all: boolean,
  journals: readonly StepJournal[],
): Line[] {
  const groups = new Map<string, TimelineRow[]>();
  for (const row of rows) {
    groups.set(row.step, [...(groups.get(row.step) ?? []), row]);
  }
  const grouped = (row: TimelineRow) => !all && (groups.get(row.step)?.length ?? 0) > MOST_LISTED;
  const seen = new Set<string>();
  return inTreeOrder(rows).flatMap((row) => {
    const group = groups.get(row.step) ?? [];
    const lines: Line[] = [];
    if (grouped(row) && !seen.has(row.step)) {
      seen.add(row.step);
      lines.push({
        cells: [indented(row, ""), row.kind, spreadText(group), summaryText(group)],
        outcome: group.find(({ outcome }) => outcome === "failed")?.outcome ?? row.outcome,
        remarks: usageRemarks(journals.filter(({ step }) => step === row.step)),
      });
    }
    if (!grouped(row) || row.outcome === "failed" || row.outcome === "waiting") {
      const own = journals.filter((each) => isOf(each, row));
      lines.push({ ...lineOf(row), remarks: [...usageRemarks(own), ...remarksOf(row)] });
    }
    return lines;
  });
}

/** Parents before their children, siblings in the order in which they began. */
function inTreeOrder(rows: readonly TimelineRow[]): TimelineRow[] {
  const children = new Map<string | null, TimelineRow[]>();
  for (const row of rows) {
    const siblings = children.get(row.parent);
    if (siblings === undefined) {
      children.set(row.parent, [row]);
    } else {
      siblings.push(row);
    }
  }
  const below = (parent: string | null): TimelineRow[] =>
    (children.get(parent) ?? []).flatMap((row) => [row, ...below(row.key)]);
  return below(null);
}

function isOf({ step, iteration, kind }: StepJournal, row: TimelineRow): boolean {
  return step === row.step && iteration === row.iteration && kind === row.kind;
}

function usageRemarks(journals: readonly StepJournal[]): string[] {
  return journals.length === 0 ? [] : [stepText(journals)];
}

function lineOf(row: TimelineRow): Omit<Line, "remarks"> {
  const label = row.iteration === "" ? "" : `[${row.iteration}]`;
  const cells = [indented(row, label), row.kind, durationText(row), outcomeText(row)] as const;
  return { cells, outcome: row.outcome };
}

function indented(row: TimelineRow, label: string): string {
  return `${"  ".repeat(row.depth)}${safeText(row.step)}${safeText(label)}`;
}

function remarksOf(row: TimelineRow): string[] {
  const failed = row.attempts.flatMap((attempt, index) => {
    const { error, endedAt } = attempt;
    if (error === null || endedAt === null || row.attempts.length === 1) {
      return [];
    }
    const took = formatMilliseconds(Date.parse(endedAt) - Date.parse(attempt.startedAt));
    return [`attempt ${index + 1}: ${error.name} after ${took}: ${causeMessage(error.cause)}`];
  });
  const own = row.error !== null && failed.length === 0 ? [causeMessage(row.error.cause)] : [];
  const { stages = [] } = row;
  // One that was asked once, and nothing else, says so itself.
  const asked =
    stages.length < 2
      ? []
      : stages.map((stage) => `${formatInstant(stage.startedAt)}  ${stageText(stage)}`);
  return [...asked, ...failed, ...own].filter((text) => text !== "");
}
