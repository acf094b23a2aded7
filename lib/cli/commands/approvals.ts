import { z } from "zod";
import type { Approval } from "../../runtime/approval/approval.ts";
import { defineCommand, type Invocation, type Outcome } from "../command.ts";
import { deadlineText } from "../runs/deadline-text.ts";
import { approvalDocument } from "../runs/documents.ts";
import { readControl } from "../runs/open-control.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";

const STATUSES = ["open", "approved", "rejected", "expired", "cancelled"] as const;

export const approvals = defineCommand({
  name: "approvals",
  aws: true,
  summary: "List what waits for a person, oldest first",
  options: [
    {
      flags: "--status <status>",
      description: `${STATUSES.join(", ")} or all (default: open)`,
    },
  ],
  examples: [
    { command: "espalier approvals", says: "what is open" },
    { command: "espalier approvals --status all --json", says: "everything, for a machine" },
  ],
  shape: {
    args: z.tuple([]),
    options: z.object({
      status: z
        .enum([...STATUSES, "all"], { error: `expected ${STATUSES.join(", ")} or all` })
        .default("open"),
    }),
  },
  async perform(invocation, _args, { status }) {
    const filter = status === "all" ? {} : { status };
    return readControl(
      invocation,
      async (control) => report(invocation, await control.approvals(filter), status),
      () => report(invocation, [], status),
    );
  },
});

function report(invocation: Invocation, found: readonly Approval[], status: string): Outcome {
  const { out, suggest } = invocation;
  if (found.length === 0) {
    out.line(status === "open" ? "Nothing waits for a person." : "No such approval.");
  } else {
    out.lines(tableOf(found, status === "open", out));
  }
  if (status === "open" && found[0] !== undefined) {
    const { id, run } = found[0];
    out.line();
    out.line("Read the evidence, then decide:");
    out.line(`  ${suggest(`show ${run.id}`)}`);
    out.line(`  ${suggest(`decide ${id} --approve --as ADDRESS`)}`);
  }
  return { exitCode: 0, document: { approvals: found.map(approvalDocument) } };
}

function tableOf(
  found: readonly Approval[],
  open: boolean,
  out: { readonly width: number },
): string[] {
  const now = new Date();
  return renderTable(
    [
      { title: "APPROVAL" },
      { title: "WORKFLOW" },
      { title: "WHAT", shrink: true },
      { title: open ? "DEADLINE" : "STATUS" },
    ],
    found.map((approval) => [
      safeText(approval.id),
      safeText(approval.run.workflow),
      safeText(approval.policy.title),
      open ? deadlineText(approval, now) : approval.status,
    ]),
    out.width,
  );
}
