/**
 * Shapes of approvals: what is stored, shown and decided. The rules are in `request-approval.ts`,
 * `decide.ts`, `delegate.ts`, `deliver.ts` and `find-approvals.ts` (finding, closing).
 */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { RunIdentity } from "../call.ts";
import type { Json } from "../json.ts";
import type { Evidence } from "./evidence.ts";

export type Verdict = "approved" | "rejected";

/** What one person said. A request is decided once enough have approved, or one has rejected. */
export interface Vote {
  readonly verdict: Verdict;
  /** Address of the person. */
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
  /** One of the policy's categories. */
  readonly category: string | null;
  /** The whole proposal as the approver wants it; null: as it stood, with the edit of an earlier vote. */
  readonly edited: Json | null;
  /** Subject of the OIDC sign-in; null: the link, or whoever operates the runtime, vouches for the person. */
  readonly signIn: string | null;
  /** Whose right it was, where it was handed on; null: the person's own. */
  readonly onBehalfOf: string | null;
}

/** How a request ended: the vote that made it so; `by` is `rule` where no person was needed. */
export type Decision = Pick<Vote, "verdict" | "by" | "at" | "reason" | "category" | "edited">;

/** A right to decide, handed from one person to another. */
export interface Delegation {
  readonly from: string;
  readonly to: string;
  /** Who did it: `from`, at present. */
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

/** `expired`, `cancelled`: the run went on without a decision, or before the decision reached it. */
export type ApprovalStatus = "open" | "approved" | "rejected" | "expired" | "cancelled";

export interface Approval {
  /** Short, unguessable, stable: what `espalier decide` takes. The same for all stages of a request. */
  readonly id: string;
  readonly run: RunIdentity;
  /** Who made the run go on after one that had failed; null: it goes on from no other. */
  readonly repairedBy: string | null;
  readonly step: string;
  readonly iteration: string;
  /** Of an agent's call of a tool, its id; else empty. */
  readonly key: string;
  readonly status: ApprovalStatus;
  /** With groups resolved and every default filled in. */
  readonly policy: ApprovalPolicy;
  /** What the approver is shown. In lists, large parts of it stand as a `StoredValue`. */
  readonly evidence: Evidence;
  /**
   * What a decision binds to (`sha256:…`): the frozen evidence, and the edit that somebody has approved
   * already, if any. Whoever decides names the digest of what they saw.
   */
  readonly evidenceDigest: string;
  readonly requestedAt: string;
  /** When the clock of the first level started; later than `requestedAt` if the business was closed. */
  readonly opensAt: string;
  /** Of the present level; null: open without an end. */
  readonly deadline: string | null;
  /** Counts from 1. */
  readonly level: number;
  readonly levels: number;
  /** Index into `stagesOf(policy)`. */
  readonly stage: number;
  /** Whom the present level asks, delegates included: normalised addresses, or `*`. */
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly votes: readonly Vote[];
  readonly delegations: readonly Delegation[];
  readonly decision: Decision | null;
  /** False while a decision is stored but its task token was not yet answered. */
  readonly delivered: boolean;
  /** First time that an approver looked at it; null: nobody has. */
  readonly openedAt: string | null;
  /** How far the messages of the present stage got; null: none was to be sent, or not yet. */
  readonly reached: Reached | null;
}

/** Of a stage's approvers: how many got a message over some channel, and how many over none. */
export interface Reached {
  readonly people: number;
  readonly nobody: number;
}

/** Output of an approval step in the workflow: `$review` for a step `review`. */
export interface ApprovalResult {
  readonly approval: string;
  readonly verdict: "approved";
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
  readonly category: string | null;
  /** Only where an approver changed the proposal: all of it, as it was approved. */
  readonly edited?: Json;
}

/** `by` of a decision that needed no person, because the manifest's `required` was false. */
export const RULE = "rule";

/** Whom four eyes keep from deciding: who asked for the run, and who repaired it. */
export function requestersOf({
  run,
  repairedBy,
}: Pick<Approval, "run" | "repairedBy">): readonly string[] {
  const all = repairedBy === null ? [run.principal] : [run.principal, repairedBy];
  return all.map(normaliseAddress);
}

/** Addresses are compared in this form: case and surrounding space do not tell people apart. */
export function normaliseAddress(address: string): string {
  return address.normalize("NFKC").trim().toLowerCase();
}
