import { z } from "zod";
import { defineCommand } from "../command.ts";
import { approvalDocument } from "../runs/documents.ts";
import { withControl } from "../runs/open-control.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import { formatDistance } from "../text/time-text.ts";

const STATUSES = ["open", "approved", "rejected", "expired", "cancelled"] as const;

export const approvals = defineCommand({
  name: "approvals",
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
    return withControl(invocation, "read", async (control) => {
      const found = await control.approvals(status === "all" ? {} : { status });
      const { out } = invocation;
      const now = new Date();
      if (found.length === 0) {
        out.line(status === "open" ? "Nothing waits for a person." : "No approval matches.");
      } else {
        out.lines(
          renderTable(
            [
              { title: "APPROVAL" },
              { title: "WORKFLOW" },
              { title: "WHAT", shrink: true },
              { title: status === "open" ? "DEADLINE" : "STATUS" },
            ],
            found.map((approval) => [
              safeText(approval.id),
              safeText(approval.run.workflow),
              safeText(approval.policy.title),
              status === "open" ? formatDistance(approval.deadline, now) : approval.status,
            ]),
            out.width,
          ),
        );
        if (status === "open") {
          const first = found[0]?.id ?? "";
          out.line();
          out.line(`Read and decide one: espalier decide ${first} --help, or`);
          out.line(`  espalier decide ${first} --approve --as ADDRESS${invocation.dataArgument}`);
        }
      }
      return { exitCode: 0, document: { approvals: found.map(approvalDocument) } };
    });
  },
});
