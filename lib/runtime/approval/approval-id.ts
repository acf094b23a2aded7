import { createHash } from "node:crypto";
import type { ApprovalCall } from "../call.ts";

/**
 * The same whatever stage or retry calls, and another for each agent's call of a tool. Machines that
 * were compiled before stages have no `key`: there the token takes its place.
 */
export function approvalId(
  call: Pick<ApprovalCall, "run" | "step" | "token" | "key">,
  round = 0,
): string {
  const { run, step, token, key } = call;
  const parts =
    key === undefined
      ? [run.id, step.id, step.iteration, token]
      : [run.id, run.startedAt, step.id, step.iteration, key, "stages"];
  // A run that is redriven asks again.
  if (round > 0) parts.push(`round ${round}`);
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  let id = "";
  for (let index = 0; index < 12; index += 1) id += ALPHABET[(digest[index] ?? 0) & 31];
  return id;
}

/** Crockford's base 32, lower case: no letters that are read for one another. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
