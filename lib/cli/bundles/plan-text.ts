import type { ApprovalExplanation, PlanExplanation } from "../../compiler/index.ts";
import type { Output } from "../output.ts";
import { renderTable } from "../text/table.ts";

/** Prints what a workflow is made of, and what a run of it costs in state transitions. */
export function printPlan(out: Output, plan: PlanExplanation): void {
  const { states, decisions, longestPath, riding, approvals } = plan;
  const fact = (name: string, value: string) => out.line(`  ${name.padEnd(12)} ${value}`);
  out.line(`${out.color.bold(plan.workflow)} ${plan.version}`);
  fact("states", `${states}, ${decisions} of them for decisions`);
  fact("transitions", `at most ${longestPath} a run, each map and repeat counted once`);
  if (riding.length > 0) {
    fact("no state", `${riding.join(", ")}: done on the way by another`);
  }
  for (const approval of approvals) {
    fact("approval", approvalText(approval));
  }
  fact("calls", [...plan.integrations].map(shortResource).join(", ") || "nothing");
  if (plan.functions.length > 0) {
    out.line();
    out.lines(functionTable(out, plan).map((line) => `  ${line}`));
  }
  out.line();
}

const ENDS = {
  reject: "rejected",
  fail: "failed",
  queue: "open without an end",
} as const;

/** `review: legal@example.com within 3d, then head@example.com within 1d, then rejected; …`. */
function approvalText(approval: ApprovalExplanation): string {
  const { step, levels, reminders, quorum, onExpiry, businessHours, states } = approval;
  const ways = levels.map(({ approvers, within }) => `${approvers.join(", ")} within ${within}`);
  const more = [
    ...(quorum > 1 ? [`${quorum} people approve`] : []),
    ...(reminders.length > 0 ? [`reminded ${reminders.join(" and ")} before`] : []),
    ...(businessHours ? [`business hours of ${businessHours.timeZone}`] : []),
    ...(states > 1 ? [`${states} states`] : []),
  ];
  return `${step}: ${[[...ways, ENDS[onExpiry]].join(", then "), ...more].join("; ")}`;
}

function functionTable(out: Output, plan: PlanExplanation): string[] {
  const rows = plan.functions.flatMap((each) => {
    const [first = "none", ...rest] = each.permissions;
    const head = [each.name, each.effect, `${each.timeout} s`, `${each.memory} MiB`, first];
    return [head, ...rest.map((right) => ["", "", "", "", right])];
  });
  return renderTable(
    [
      { title: "FUNCTION" },
      { title: "EFFECT" },
      { title: "TIMEOUT", align: "right" },
      { title: "MEMORY", align: "right" },
      { title: "PERMISSIONS", shrink: true, paint: out.color.dim },
    ],
    rows,
    out.width - 2,
  );
}

/** `arn:aws:states:::lambda:invoke` → `lambda:invoke`. */
function shortResource(resource: string): string {
  return resource.replace(/^arn:aws:states:::/, "");
}
