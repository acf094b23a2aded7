import type { Output } from "../output.ts";
import { oneLine } from "../runs/step-text.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import type { ReviewReport } from "./review-report.ts";

const MOST_LISTED = 12;

/** Prints the report of a licence review: the counts, what is not simply allowed, and who approved it. */
export function printReview(out: Output, report: ReviewReport): void {
  const { counts, approval, decisions } = report;
  const { color } = out;
  const number = (value: number) => String(value).padStart(5);
  out.line(`${number(counts.components)} components of ${safeText(report.subject)}`);
  out.line(color.green(`${number(counts.allowed)} allowed`));
  out.line(color.red(`${number(counts.denied)} denied`));
  out.line(color.yellow(`${number(counts.unclear)} unclear`));
  const open = decisions.filter(({ verdict }) => verdict !== "allowed");
  if (open.length > 0) {
    out.line();
    const rows = open
      .slice(0, MOST_LISTED)
      .map((each) => [
        each.verdict,
        safeText(each.component),
        oneLine(each.licence, 24),
        oneLine(each.reason, 200),
      ]);
    const columns = [{}, {}, {}, { shrink: true, paint: color.dim }];
    out.lines(renderTable(columns, rows, out.width - 2).map((line) => `  ${line}`));
  }
  if (open.length > MOST_LISTED) {
    out.line(`  and ${open.length - MOST_LISTED} more`);
  }
  out.line();
  out.line(
    approval.by === "rule"
      ? "  Approved by the rule itself: nothing is denied or unclear."
      : `  Approved by ${safeText(approval.by)}: ${oneLine(approval.reason ?? "", 200)}`,
  );
}
