import type { Approval } from "../../runtime/approval/approval.ts";
import { formatDistance } from "../text/time-text.ts";

/** How long people still have: `in 3 h`, or that there is no end. */
export function deadlineText({ deadline }: Pick<Approval, "deadline">, now: Date): string {
  return deadline === null ? "none" : formatDistance(deadline, now);
}
