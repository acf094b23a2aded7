/** What the pages need of approvals. The rules are behind it, the same as for the command line. */
import type { Approval, Verdict } from "../runtime/approval/approval.ts";
import type { Json } from "../runtime/json.ts";

export interface PageDecision {
  readonly verdict: Verdict;
  readonly by: string;
  /** Digest of the evidence that the person has seen. */
  readonly evidence: string;
  readonly reason: string | null;
  readonly category: string | null;
  /** The whole proposal as the person wants it; null: as it is. */
  readonly edited: Json | null;
  /** Subject of the sign-in; null: there was none. */
  readonly signIn: string | null;
}

export interface PageDelegation {
  readonly by: string;
  readonly to: string;
  readonly reason: string | null;
}

export interface Desk {
  /** As this person may see it, with all of its evidence. Throws `RequestError` `ApprovalNotFound`. */
  approvalFor(id: string, approver: string): Promise<Approval>;
  /** Throws `RequestError` for what the person can put right, or has to know. */
  decide(id: string, decision: PageDecision): Promise<Approval>;
  delegate(id: string, delegation: PageDelegation): Promise<Approval>;
  /**
   * Records that the page was fetched, which a program may have done that looks at links in mails, or
   * that a person is there: the browser came back with what the page gave it. Once for each.
   */
  opened(approval: Approval, by: string, how: "fetched" | "person"): Promise<void>;
  /** Open requests, nearest deadline first; `approver`: those that this person may decide. */
  queue(approver: string | undefined): Promise<readonly Approval[]>;
  /** All requests, oldest first. */
  all(): Promise<readonly Approval[]>;
}
