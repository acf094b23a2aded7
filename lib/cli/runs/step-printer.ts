import type { TimelineRow, TimelineStep } from "../../runtime/timeline.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { displayWidth, truncate } from "../text/table.ts";
import {
  durationText,
  outcomeText,
  paintOutcome,
  spreadText,
  stageText,
  summaryText,
} from "./step-text.ts";

const WIDEST_NAME = 30;
const KIND_WIDTH = 8;
const TIME_WIDTH = 12;

/**
 * Prints a run's steps as they end: one line a step; the iterations of a map or repeat together, one
 * line a step of its body. On a terminal a last line says what goes on meanwhile.
 */
export class StepPrinter {
  readonly #out: Output;
  readonly #nameWidth: number;
  readonly #rows = new Map<string, TimelineRow>();
  readonly #printed = new Set<string>();
  /** By row: how many of its stages need not be told any more. */
  readonly #stages = new Map<string, number>();

  constructor(out: Output, steps: readonly TimelineStep[]) {
    this.#out = out;
    this.#nameWidth = nameWidthOf(steps);
  }

  /** Takes the rows that an event made or changed; `show` false: they were shown at another time. */
  update(changed: readonly TimelineRow[], show = true): void {
    for (const row of changed) {
      this.#rows.set(row.key, row);
      // A redrive takes up what had ended and was shown: it ends once more.
      if (isOpen(row) && !isHeading(row)) this.#printed.delete(row.key);
    }
    for (const row of changed) {
      this.#printStages(row, show);
      this.#print(row, show);
    }
    if (show) {
      this.#progress();
    }
  }

  /** Rows that call something or wait, and have not ended. */
  active(): readonly TimelineRow[] {
    return [...this.#rows.values()].filter(
      (row) => isOpen(row) && !["map", "parallel", "switch", "repeat"].includes(row.kind),
    );
  }

  #print(row: TimelineRow, show: boolean): void {
    if (this.#printed.has(row.key) || this.#repeatedIn(row) !== undefined) {
      return;
    }
    if (isOpen(row) && !isHeading(row)) {
      return;
    }
    this.#printed.add(row.key);
    if (!show) {
      return;
    }
    this.#out.line(
      this.#line(row, {
        time: isHeading(row) ? "" : durationText(row),
        says: isHeading(row) && isOpen(row) ? "" : outcomeText(row),
        outcome: row.outcome,
      }),
    );
    if (row.kind === "map" || row.kind === "repeat") {
      this.#printBody(row);
    }
  }

  /** Reminders and escalations as they happen; that somebody was asked, the waiting itself says. */
  #printStages({ key, step, stages = [] }: TimelineRow, show: boolean): void {
    const before = this.#stages.get(key) ?? 1;
    this.#stages.set(key, Math.max(before, stages.length));
    if (!show) {
      return;
    }
    for (const stage of stages.slice(before)) {
      this.#out.line(this.#out.color.dim(`  ${safeText(step)}: ${stageText(stage)}`));
    }
  }

  /** One line for each step inside a map or repeat, over all its iterations. */
  #printBody(structure: TimelineRow): void {
    const groups = new Map<string, TimelineRow[]>();
    for (const row of this.#rows.values()) {
      if (this.#repeatedIn(row) === structure.key) {
        groups.set(row.step, [...(groups.get(row.step) ?? []), row]);
      }
    }
    for (const rows of groups.values()) {
      const [first] = rows;
      if (first !== undefined) {
        const worst = rows.find(({ outcome }) => outcome === "failed") ?? first;
        this.#out.line(
          this.#line(first, {
            time: spreadText(rows),
            says: summaryText(rows),
            outcome: worst.outcome,
          }),
        );
      }
    }
  }

  /** Key of the outermost map or repeat around the row. */
  #repeatedIn(row: TimelineRow): string | undefined {
    let found: string | undefined;
    for (let at = this.#parentOf(row); at !== undefined; at = this.#parentOf(at)) {
      if (at.kind === "map" || at.kind === "repeat") {
        found = at.key;
      }
    }
    return found;
  }

  #parentOf(row: TimelineRow): TimelineRow | undefined {
    return row.parent === null ? undefined : this.#rows.get(row.parent);
  }

  #line(
    row: TimelineRow,
    cells: { time: string; says: string; outcome: TimelineRow["outcome"] },
  ): string {
    const { color } = this.#out;
    const name = truncate(`${"  ".repeat(row.depth)}${safeText(row.step)}`, this.#nameWidth);
    const padded = name + " ".repeat(this.#nameWidth - displayWidth(name));
    const kind = color.dim(row.kind.padEnd(KIND_WIDTH));
    const says = paintOutcome(cells.outcome, cells.says, color);
    return `  ${padded}  ${kind}  ${cells.time.padStart(TIME_WIDTH)}  ${says}`.trimEnd();
  }

  #progress(): void {
    if (!this.#out.live) {
      return;
    }
    const running = [...this.#rows.values()].filter(isOpen);
    if (running.length === 0) {
      this.#out.clearProgress();
      return;
    }
    const text = running
      .filter((row) => this.#repeatedIn(row) === undefined)
      .map((row) => this.#progressText(row))
      .join(", ");
    this.#out.progress(this.#out.color.dim(`  … ${truncate(text, this.#out.width - 6)}`));
  }

  #progressText(row: TimelineRow): string {
    if (row.kind !== "map" && row.kind !== "repeat") {
      return safeText(row.step);
    }
    const inside = [...this.#rows.values()].filter((each) => each.parent === row.key);
    const ended = inside.filter((each) => !isOpen(each)).length;
    return `${safeText(row.step)}: ${ended} of ${inside.length} ended`;
  }
}

/** Width that fits the names of all steps of the plan, indented, within reason. */
function nameWidthOf(steps: readonly TimelineStep[]): number {
  const parents = new Map(steps.map(({ id, parent }) => [id, parent]));
  const depth = (id: string | null | undefined): number =>
    id === null || id === undefined ? -1 : 1 + depth(parents.get(id));
  const widths = steps.map(({ id }) => displayWidth(id) + 2 * depth(id));
  return Math.min(WIDEST_NAME, Math.max(12, ...widths));
}

/** Shown when it begins, over what it holds. */
function isHeading({ kind }: TimelineRow): boolean {
  return kind === "parallel" || kind === "switch";
}

function isOpen(row: TimelineRow): boolean {
  return row.outcome === "running" || row.outcome === "waiting";
}
