import { z } from "zod";
import type { ApprovalFilter } from "../../runtime/approval/find-approvals.ts";
import { defineCommand } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { Address, count, WorkflowName } from "../input/option-shapes.ts";
import { handOn } from "../runs/approvals-delegate.ts";
import { exportApprovals } from "../runs/approvals-export.ts";
import { listed } from "../runs/approvals-list.ts";
import { revoke } from "../runs/approvals-revoke.ts";
import { showStats } from "../runs/approvals-stats.ts";

const STATUSES = ["open", "approved", "rejected", "expired", "cancelled"] as const;
const ACTIONS = ["delegate", "revoke", "export", "stats"] as const;
/** Those that are about one approval. */
const ABOUT_ONE: readonly unknown[] = ["delegate", "revoke"];

export const approvals = defineCommand({
  name: "approvals",
  aws: true,
  summary: "List what waits for a person, hand it on, revoke its links, export it, count it",
  details:
    "Without an action it lists approvals, oldest first. export and stats look at all of them unless a filter says otherwise.",
  arguments: [
    ["[action]", `${ACTIONS.join(", ")}; without one: list`],
    ["[approval]", "of delegate and revoke: its id, as the list prints it"],
  ],
  options: [
    { flags: "--status <status>", description: `${STATUSES.join(", ")} or all (default: open)` },
    { flags: "--mine <address>", description: "only what this person is asked at present" },
    { flags: "--overdue", description: "only open ones past the deadline of their level" },
    { flags: "--workflow <name>", description: "only of this workflow" },
    { flags: "--level <n>", description: "only at this level of escalation" },
    { flags: "--links", description: "with links to the pages that dev serves; they decide" },
    {
      flags: "--as <address>",
      description: "of delegate: who hands it on; of revoke: who revokes (default: you)",
    },
    { flags: "--to <address>", description: "of delegate: who decides from then on" },
    { flags: "--of <address>", description: "of revoke: only the links of this person" },
    { flags: "--reason <text>", description: "of delegate and revoke: why; recorded" },
    { flags: "--csv", description: "of export: rows with commas, for a spreadsheet" },
    { flags: "--since <time>", description: "of stats: requests since then, 2026-01-31" },
  ],
  examples: [
    { command: "espalier approvals", says: "what is open" },
    {
      command: "espalier approvals --mine you@example.com --overdue",
      says: "what is late, and yours",
    },
    {
      command: "espalier approvals delegate 7QK2M --as you@example.com --to ben@example.com",
      says: "hand one on",
    },
    {
      command: "espalier approvals revoke 7QK2M --of ben@example.com",
      says: "end the links that Ben was sent",
    },
    { command: "espalier approvals export --csv", says: "everything, for a spreadsheet" },
    { command: "espalier approvals stats --since 2026-11-01", says: "how it goes" },
  ],
  shape: {
    args: z.tuple([
      z.enum(ACTIONS, { error: `expected ${ACTIONS.join(", ")} or nothing` }).optional(),
      z.string().optional(),
    ]),
    options: z.object({
      status: z
        .enum([...STATUSES, "all"], { error: `expected ${STATUSES.join(", ")} or all` })
        .optional(),
      mine: Address.optional(),
      overdue: z.boolean().default(false),
      workflow: WorkflowName.optional(),
      level: count(1, 10).optional(),
      links: z.boolean().default(false),
      as: Address.optional(),
      to: Address.optional(),
      of: Address.optional(),
      reason: z.string().max(4000, { error: "expected at most 4000 characters" }).optional(),
      csv: z.boolean().default(false),
      since: z.iso
        .date({ error: "expected a date such as 2026-01-31" })
        .or(z.iso.datetime({ offset: true }))
        .optional(),
    }),
  },
  async perform(invocation, [action, id], options) {
    const { mine, overdue, workflow, level } = options;
    const status = options.status ?? (action === undefined ? "open" : "all");
    const filter: ApprovalFilter = {
      ...(status !== "all" && { status }),
      ...(mine !== undefined && { approver: mine }),
      ...(workflow !== undefined && { workflow }),
      ...(level !== undefined && { level }),
      ...(overdue && { overdue }),
    };
    if (id !== undefined && !ABOUT_ONE.includes(action)) {
      throw usageFailure(
        "Only delegate and revoke take an approval",
        "`espalier show` tells about one.",
      );
    }
    if (options.csv && action !== "export") {
      throw usageFailure("--csv belongs to export", "Write `approvals export --csv`.");
    }
    if (options.links && action !== undefined) {
      throw usageFailure("--links belongs to the list", "Write `approvals --links`.");
    }
    switch (action) {
      case undefined:
        return listed(invocation, filter, options.links);
      case "export":
        return exportApprovals(invocation, filter, options.csv);
      case "stats":
        return showStats(invocation, options.since);
      case "delegate":
        return handOn(invocation, id, options);
      case "revoke":
        return revoke(invocation, id, options);
      default:
        return action satisfies never;
    }
  },
});
