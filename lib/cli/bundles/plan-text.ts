import type { Plan } from "../../compiler/plan.ts";
import type { Output } from "../output.ts";
import { renderTable } from "../text/table.ts";

/** Prints what a workflow is made of, and what a run of it costs in state transitions. */
export function printPlan(out: Output, plan: Plan): void {
  const { states, decisions, longestPath } = plan.transitions;
  out.line(`${out.color.bold(plan.workflow)} ${plan.version}`);
  out.line(
    `  ${states} states, ${decisions} of them decisions; at most ${longestPath} transitions a run,` +
      " each map and repeat counted once",
  );
  if (plan.functions.length > 0) {
    out.line();
    out.lines(functionTable(out, plan).map((line) => `  ${line}`));
  }
  out.line();
}

function functionTable(out: Output, plan: Plan): string[] {
  const rows = plan.functions.flatMap((each) => {
    const rights = each.permissions.flatMap(({ actions, resources }) =>
      actions.map((action) => `${action} on ${resources.join(", ")}`),
    );
    const [first = "-", ...rest] = rights;
    const head = [each.step, each.effect, `${each.timeout} s`, `${each.memory} MiB`, first];
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
