import type { Approval } from "../../runtime/approval/approval.ts";
import type { ApprovalFilter } from "../../runtime/approval/find-approvals.ts";
import type { Invocation, Outcome } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import { type ApprovalLinks, approvalLinks } from "./approval-links.ts";
import { deadlineText } from "./deadline-text.ts";
import { approvalDocument } from "./documents.ts";
import { readControl } from "./open-control.ts";

/** The list of approvals that the filter lets through, oldest first; with `links`, those to their pages. */
export function listed(
  invocation: Invocation,
  filter: ApprovalFilter,
  wantsLinks: boolean,
): Promise<Outcome> {
  // Once a runtime is open: what a crash has left behind says nothing any more.
  const links = async () => (wantsLinks ? linksOrFailure(invocation) : undefined);
  return readControl(
    invocation,
    async (control) => report(invocation, await control.approvals(filter), filter, await links()),
    // Nothing ever ran: no links either.
    () => report(invocation, [], filter, undefined),
  );
}

async function linksOrFailure(invocation: Invocation): Promise<ApprovalLinks> {
  const links = await approvalLinks(invocation);
  if (links) return links;
  throw invocation.aws === undefined
    ? usageFailure("No page is served for --links", `Start it: ${invocation.suggest("dev")}`)
    : usageFailure(
        "--links works on one machine only",
        "On AWS a link goes to its approver, and to nobody else.",
      );
}

function report(
  invocation: Invocation,
  found: readonly Approval[],
  { status, approver, overdue, workflow, level }: ApprovalFilter,
  links: ApprovalLinks | undefined,
): Outcome {
  const { out, suggest } = invocation;
  const open = status === "open";
  const filtered = [approver, overdue, workflow, level].some((one) => one !== undefined);
  if (found.length === 0) {
    out.line(open && !filtered ? "Nothing waits for a person." : "No such approval.");
  } else {
    out.lines(tableOf(found, open, out));
  }
  if (links) {
    printLinks(invocation, found, links);
  } else if (open && found[0] !== undefined) {
    const { id, run } = found[0];
    out.line();
    out.line("Read the evidence, then decide:");
    out.line(`  ${suggest(`show ${run.id}`)}`);
    out.line(`  ${suggest(`decide ${id} --approve --as ADDRESS`)}`);
  }
  const documents = found.map((approval) => ({
    ...approvalDocument(approval),
    ...(links && { links: links.of(approval).map((link) => ({ ...link })) }),
  }));
  return {
    exitCode: 0,
    document: { approvals: documents, ...(links && { queue: links.queue }) },
  };
}

/** Of open ones, as whom they can be opened; the queue has them all. */
function printLinks({ out }: Invocation, found: readonly Approval[], links: ApprovalLinks): void {
  for (const approval of found.filter(({ status }) => status === "open")) {
    out.line();
    out.line(`${safeText(approval.id)}  ${safeText(approval.policy.title)}`);
    for (const { approver, url } of links.of(approval)) out.line(`  ${safeText(approver)}  ${url}`);
  }
  out.line();
  out.line(`All of them: ${links.queue}`);
  out.note("Whoever has such a link can decide.");
}

function tableOf(
  found: readonly Approval[],
  open: boolean,
  out: { readonly width: number },
): string[] {
  const now = new Date();
  const levels = found.some((approval) => approval.levels > 1);
  return renderTable(
    [
      { title: "APPROVAL" },
      { title: "WORKFLOW" },
      { title: "WHAT", shrink: true },
      ...(levels ? [{ title: "LEVEL" }] : []),
      { title: open ? "DEADLINE" : "STATUS" },
    ],
    found.map((approval) => [
      safeText(approval.id),
      safeText(approval.run.workflow),
      safeText(approval.policy.title),
      ...(levels ? [`${approval.level} of ${approval.levels}`] : []),
      open ? deadlineText(approval, now) : approval.status,
    ]),
    out.width,
  );
}
