import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Resolution } from "./resolution.ts";

/** By step of an agent: the policy of the approvals in the middle of its work, where it has any. */
export function toolPolicies(resolution: Resolution): ReadonlyMap<string, ApprovalPolicy> {
  const policies = new Map<string, ApprovalPolicy>();
  for (const [id, resolved] of resolution) {
    if (resolved.kind === "agent" && resolved.policy) policies.set(id, resolved.policy);
  }
  return policies;
}
