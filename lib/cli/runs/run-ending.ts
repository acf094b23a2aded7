import type { Approval } from "../../runtime/approval/approval.ts";
import { shownEvidence } from "../../runtime/approval/evidence.ts";
import type { Control, RunDetail } from "../../runtime/control.ts";
import type { TimelineRow } from "../../runtime/timeline.ts";
import type { Invocation } from "../command.ts";
import type { ExitCode } from "../failure.ts";
import { jsonLines } from "../text/json-text.ts";
import { safeLines, safeText } from "../text/safe-text.ts";
import { shellWord } from "../text/shell-word.ts";
import { formatMilliseconds } from "../text/time-text.ts";
import { approvalLinks } from "./approval-links.ts";
import { deadlineText } from "./deadline-text.ts";
import type { Followed } from "./follow-run.ts";
import { causeMessage } from "./step-text.ts";

const MOST_LINES = 24;

/** Prints how a run stands after its steps: its output, its error, or whom it waits for. */
export async function printEnding(
  invocation: Invocation,
  control: Control,
  run: RunDetail,
  rows: readonly TimelineRow[],
): Promise<void> {
  const { out } = invocation;
  out.line();
  if (run.status === "SUCCEEDED") {
    out.line(`${out.color.green("Succeeded")} in ${tookText(run)}. Output:`);
    const rest = invocation.suggest(`show ${run.id} --output`);
    out.lines(jsonLines(run.output, MOST_LINES, rest).map((line) => `  ${line}`));
  } else if (run.status !== "RUNNING") {
    printFailure(invocation, run, rows);
  } else if (run.waitingFor.length > 0) {
    for (const id of run.waitingFor) {
      const approval = await control.approval(id);
      printApproval(invocation, approval, new Date());
      await printPages(invocation, approval);
    }
  } else {
    out.line(`The run goes on. Look again: ${invocation.suggest(`show ${run.id}`)}`);
  }
}

/** Whom an open approval waits for, what it is about, and the command that decides it. */
export function printApproval(invocation: Invocation, approval: Approval, now: Date): void {
  const { out, suggest } = invocation;
  const { policy, approvers } = approval;
  out.line(`${out.color.yellow("Waits for a person")}: ${safeText(policy.title)}`);
  out.line(`  approvers  ${approvers.map(safeText).join(", ")}`);
  if (approval.quorum > 1) {
    const so = approval.votes.length === 0 ? "" : `, ${approval.votes.length} so far`;
    out.line(`             ${approval.quorum} of them must approve${so}`);
  }
  if (policy.fourEyes) {
    out.line(`             not ${safeText(approval.run.principal)}, who asked for the run`);
    if (approval.repairedBy !== null) {
      out.line(`             not ${safeText(approval.repairedBy)}, who repaired it`);
    }
  }
  const level = approval.levels > 1 ? ` (level ${approval.level} of ${approval.levels})` : "";
  const until = approval.deadline === null ? "" : `, ${approval.deadline}`;
  out.line(`  deadline   ${deadlineText(approval, now)}${until}${level}`);
  out.line("  evidence");
  const all = `show ${approval.run.id} --input ${stepChoice(approval)}`;
  out.lines(
    jsonLines(shownEvidence(approval.evidence), MOST_LINES, suggest(all)).map(
      (line) => `    ${line}`,
    ),
  );
  const as = approvers.find((each) => each !== "*" && each !== approval.run.principal);
  const command = (verdict: "approve" | "reject") => {
    const { categories, [verdict]: need } = policy.reasons;
    const category = categories.length > 0 ? ` --category ${shellWord(categories[0] ?? "")}` : "";
    const reason = need === "required" ? `${category} --reason "…"` : "";
    const by = shellWord(safeText(as ?? "you@example.com"));
    return suggest(`decide ${approval.id} --${verdict} --as ${by}${reason}`);
  };
  out.line();
  out.line("Decide it with one of");
  out.line(`  ${command("approve")}`);
  out.line(`  ${command("reject")}`);
}

/** Where a runtime serves pages, the links that open this one there. */
async function printPages(invocation: Invocation, approval: Approval): Promise<void> {
  const links = (await approvalLinks(invocation))?.of(approval) ?? [];
  if (links.length === 0) return;
  invocation.out.line();
  invocation.out.line("or on its page");
  for (const { approver, url } of links) {
    invocation.out.line(`  as ${safeText(approver)}: ${url}`);
  }
}

function printFailure(invocation: Invocation, run: RunDetail, rows: readonly TimelineRow[]): void {
  const { out, suggest } = invocation;
  const verb = { FAILED: "Failed", TIMED_OUT: "Timed out", ABORTED: "Stopped" };
  const word = run.status === "RUNNING" || run.status === "SUCCEEDED" ? "" : verb[run.status];
  const where = failedStep(rows);
  const place = where === undefined ? "" : ` at ${stepLabel(where)}`;
  out.line(`${out.color.red(word)}${place} after ${tookText(run)}.`);
  if (run.error !== null) {
    out.line(`  ${safeText(run.error.name)}`);
    out.lines(
      safeLines(causeMessage(run.error.cause))
        .split("\n")
        .map((line) => `  ${line}`),
    );
  }
  out.line();
  out.line("Look closer with");
  if (where !== undefined) {
    out.line(`  ${suggest(`show ${run.id} --input ${stepChoice(where)}`)}`);
  }
  out.line(`  ${suggest(`show ${run.id}`)}`);
}

/** The innermost step that failed last: what a person wants to look at first. */
export function failedStep(rows: readonly TimelineRow[]): TimelineRow | undefined {
  const failed = rows.filter(({ outcome }) => outcome === "failed");
  const depth = Math.max(...failed.map((row) => row.depth));
  return failed.findLast((row) => row.depth === depth);
}

/** As `show --input` takes it, and a shell: `verify`, or `'verify[3]'` inside a map. */
function stepChoice({ step, iteration }: { readonly step: string; readonly iteration: string }) {
  return shellWord(iteration === "" ? step : `${step}[${iteration}]`);
}

/** `verify`, or `verify, item 3` inside a map. */
function stepLabel(row: TimelineRow): string {
  return row.iteration === ""
    ? safeText(row.step)
    : `${safeText(row.step)}, item ${safeText(row.iteration)}`;
}

function tookText(run: RunDetail): string {
  const end = run.endedAt === null ? Date.now() : Date.parse(run.endedAt);
  return formatMilliseconds(end - Date.parse(run.startedAt));
}

/** What a person sees who pressed Ctrl-C: nothing is lost, and this is how to go on. */
export function printInterrupted(invocation: Invocation, run: RunDetail): void {
  const { out, suggest, aws } = invocation;
  if (aws !== undefined) {
    out.note("Interrupted. The run goes on in AWS. See how far it came:");
    out.note(`  ${suggest(`show ${run.id}`)}`);
    return;
  }
  out.note("Interrupted. The run is kept where it stands; nothing is lost.");
  out.note("Go on with it, or see how far it came:");
  out.note(`  ${suggest("dev")}`);
  out.note(`  ${suggest(`show ${run.id}`)}`);
}

/** 0: succeeded, or waits for a person. A run that was rejected or failed is 1. */
export function exitCodeOf({ run, stoppedBecause }: Followed): ExitCode {
  if (stoppedBecause === "interrupted") {
    return 130;
  }
  return run.status === "SUCCEEDED" || run.status === "RUNNING" ? 0 : 1;
}
