import type { Output } from "../output.ts";
import { oneLine } from "../runs/step-text.ts";
import { safeText } from "../text/safe-text.ts";
import type { ReviewReport } from "./review-report.ts";

const MOST_LISTED = 8;

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
    for (const { verdict, component, reason } of open.slice(0, MOST_LISTED)) {
      out.line(`  ${verdict}  ${safeText(component)}`);
      out.line(color.dim(`           ${oneLine(reason, out.width - 11)}`));
    }
  }
  if (open.length > MOST_LISTED) {
    out.line(`  and ${open.length - MOST_LISTED} more`);
  }
  out.line();
  if (approval.by === "rule") {
    out.line("  Approved by the rule itself: nothing is denied or unclear.");
  } else {
    const what = open.length === 1 ? "This one was" : `These ${open.length} were`;
    out.line(`  ${what} approved by ${safeText(approval.by)}:`);
    out.line(`  "${oneLine(approval.reason ?? "", out.width - 4)}"`);
  }
}
