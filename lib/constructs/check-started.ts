/** What only all bundles together can break: Step Functions waits for standard executions alone. */
import type { Plan } from "../compiler/plan.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";

/** Workflows that wait for the end of runs of an express workflow, each once. */
export function checkStarted(plans: readonly Plan[]): readonly Diagnostic[] {
  const express = new Set(
    plans.flatMap(({ type, workflow }) => (type === "express" ? workflow : [])),
  );
  const found = new Map<string, Diagnostic>();
  for (const { workflow, workflows } of plans) {
    for (const started of workflows) {
      if (!express.has(started)) continue;
      const message = `"${workflow}" waits for the end of runs of "${started}", which is an express workflow`;
      found.set(message, {
        code: "ESP622",
        severity: "error",
        message,
        hint: `Emit an event that starts "${started}", or leave out its \`type: express\`.`,
      });
    }
  }
  return [...found.values()];
}
