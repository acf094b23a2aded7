/** The state machine as the text that is committed and deployed. */
import type { Plan } from "./plan.ts";

/** JSON with two spaces and a final newline; the same plan gives the same bytes. */
export function renderDefinition(plan: Pick<Plan, "definition">): string {
  return `${JSON.stringify(plan.definition, null, 2)}\n`;
}
