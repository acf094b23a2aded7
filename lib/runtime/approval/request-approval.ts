/** Asking for an approval: what the approval function of the platform does. */
import { createHash } from "node:crypto";
import { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import { parseDuration } from "../../manifest/duration.ts";
import type { ApprovalCall } from "../call.ts";
import type { Ports } from "../ports.ts";
import { storeLargeValues } from "../stored-value.ts";
import { type Approval, RULE } from "./approval.ts";
import {
  addApproval,
  type HeldApproval,
  publicView,
  readApproval,
  type StoredApproval,
} from "./approval-store.ts";
import { deliver } from "./deliver.ts";

/** What is larger goes into artifacts: an item of DynamoDB ends at 400 KB, and is read as a whole. */
const INLINE_EVIDENCE = 32 * 1024;

/**
 * Stores the request that an approval step makes, once for each run, step, iteration and token: a
 * call that is retried finds the request that stands. Where no person is needed, the decision is
 * recorded as made by the rule, and the token is answered at once.
 */
export async function requestApproval(call: ApprovalCall, ports: Ports): Promise<Approval> {
  const id = approvalId(call);
  const standing = (await readApproval(id, ports)) ?? (await ask(id, call, ports));
  const { decision, delivered } = standing.approval;
  // A person's decision is delivered by whoever took it, or by `deliverPending`.
  if (decision?.by === RULE && !delivered) {
    return publicView((await deliver(standing, ports)).held.approval);
  }
  return publicView(standing.approval);
}

/**
 * Derived from the token, so it is as hard to guess as the token (60 bits are left) and the same
 * whenever the call is repeated.
 */
export function approvalId(call: Pick<ApprovalCall, "run" | "step" | "token">): string {
  const text = JSON.stringify([call.run.id, call.step.id, call.step.iteration, call.token]);
  const digest = createHash("sha256").update(text).digest();
  let id = "";
  for (let index = 0; index < 12; index += 1) id += ALPHABET[(digest[index] ?? 0) & 31];
  return id;
}

/** Crockford's base 32, lower case: no letters that are read for one another. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

async function ask(id: string, call: ApprovalCall, ports: Ports): Promise<HeldApproval> {
  const policy = ApprovalPolicy.parse(call.policy);
  const seconds = parseDuration(policy.deadline);
  if (seconds === undefined) {
    throw new TypeError(`The policy "${policy.approval}" has the deadline "${policy.deadline}".`);
  }
  const now = ports.clock.now();
  const approval: StoredApproval = {
    id,
    run: call.run,
    step: call.step.id,
    iteration: call.step.iteration,
    status: call.required ? "open" : "approved",
    policy,
    evidence: await storeLargeValues(call.evidence, ports.artifacts, INLINE_EVIDENCE),
    requestedAt: now.toISOString(),
    deadline: new Date(now.getTime() + seconds * 1000).toISOString(),
    decision: call.required
      ? null
      : { verdict: "approved", by: RULE, at: now.toISOString(), reason: null },
    delivered: false,
    token: call.token,
  };
  return addApproval(approval, ports);
}
