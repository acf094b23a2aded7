/** What a run goes on from, and what goes on from it, as its audit has it. */
import type { AuditEntry } from "../../runtime/audit.ts";
import { REPAIR_EVENTS } from "../../runtime/repair/repair.ts";
import { safeText } from "../text/safe-text.ts";

export function repairLines(entries: readonly AuditEntry[]): string[] {
  return entries.flatMap(({ event, actor, data }) => {
    const text = (name: string) => (typeof data[name] === "string" ? safeText(data[name]) : "");
    const place =
      text("iteration") === "" ? text("step") : `${text("step")} [${text("iteration")}]`;
    switch (event) {
      case REPAIR_EVENTS.continues:
        return [`goes on from ${text("of")}, at ${place}: ${text("reason")}`];
      case REPAIR_EVENTS.repaired:
        return [`repaired by ${safeText(actor)}: ${text("run") || `redriven at ${place}`}`];
      default:
        return [];
    }
  });
}
