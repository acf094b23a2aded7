/**
 * Shapes of approvals: what is stored, shown and decided. The rules are in `request-approval.ts`,
 * `decide.ts`, `deliver.ts` and `approvals.ts` (finding, closing).
 */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { RunIdentity } from "../call.ts";
import type { Json } from "../json.ts";

export interface Decision {
  readonly verdict: "approved" | "rejected";
  /** Address of the person, or `rule` where no person was needed. */
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

export interface Approval {
  /** Short, unguessable, stable: what `espalier decide` takes. */
  readonly id: string;
  readonly run: RunIdentity;
  readonly step: string;
  readonly iteration: string;
  /** `expired`, `cancelled`: the run went on without a decision, or before the decision reached it. */
  readonly status: "open" | "approved" | "rejected" | "expired" | "cancelled";
  readonly policy: ApprovalPolicy;
  /** What the approver is shown. In lists, large parts of it stand as a `StoredValue`. */
  readonly evidence: Json;
  readonly requestedAt: string;
  readonly deadline: string;
  readonly decision: Decision | null;
  /** False while a decision is stored but its task token was not yet answered. */
  readonly delivered: boolean;
}

/** Output of an approval step in the workflow: `$review` for a step `review`. */
export interface ApprovalResult {
  readonly approval: string;
  readonly verdict: "approved";
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

/** `by` of a decision that needed no person, because the manifest's `required` was false. */
export const RULE = "rule";

/** Addresses are compared in this form: case and surrounding space do not tell people apart. */
export function normaliseAddress(address: string): string {
  return address.normalize("NFKC").trim().toLowerCase();
}
