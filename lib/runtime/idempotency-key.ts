import { createHash } from "node:crypto";
import type { StepCall } from "./call.ts";

/**
 * 64 hex digits, the same for every attempt of one step (and iteration) of one run. The start time is
 * part of it because Step Functions lets a run's name be used again after 90 days; a redrive keeps it.
 */
export function idempotencyKeyOf({ run, step }: Pick<StepCall, "run" | "step">): string {
  const identity = [run.environment, run.workflow, run.id, run.startedAt, step.id, step.iteration];
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex");
}
