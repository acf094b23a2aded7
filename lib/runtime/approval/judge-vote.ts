/** The rules of a decision: whether this person may say this about this request, now. Pure. */
import { RequestError } from "../errors.ts";
import type { Json } from "../json.ts";
import { normaliseAddress, RULE, requestersOf, type Verdict, type Vote } from "./approval.ts";
import { chainBehind, isAsked } from "./approvers.ts";
import { stagesOf } from "./stages.ts";
import type { StoredApproval } from "./stored-approval.ts";

export interface DecisionRequest {
  readonly verdict: Verdict;
  /** Address of the person who decides. */
  readonly by: string;
  readonly reason?: string | undefined;
  /** One of the policy's categories. */
  readonly category?: string | undefined;
  /** The whole proposal as it shall be, where the policy lets approvers edit; only with `approved`. */
  readonly edited?: Json | undefined;
  /** `evidenceDigest` of what the person has seen; another one is refused. Absent: whatever stands. */
  readonly evidence?: string | undefined;
  /** Subject of the person's sign-in. */
  readonly signIn?: string | undefined;
}

/** Characters of a reason; it travels through the run's history, which ends at 256 KiB a value. */
export const MAX_REASON = 4000;

/**
 * The vote that this request is, but for an edit, which needs the whole evidence. Throws the refusal,
 * a `RequestError`: see `decide`.
 */
export function judgeVote(
  approval: StoredApproval,
  request: DecisionRequest,
  now: Date,
): Omit<Vote, "edited"> {
  const by = normaliseAddress(request.by);
  checkName(by);
  const at = now.toISOString();
  checkOpen(approval, at);
  const onBehalfOf = checkPerson(approval, by);
  if (request.evidence !== undefined && request.evidence !== approval.evidenceDigest) {
    throw new RequestError(
      "EvidenceStale",
      `The approval ${approval.id} is about something else by now: what was seen is not what stands.`,
      "Look at it again, and decide on what it shows then.",
    );
  }
  checkSignIn(approval, request);
  const reason = request.reason?.trim() || null;
  const category = request.category?.trim() || null;
  checkReason(approval, request.verdict, reason, category);
  const signIn = request.signIn ?? null;
  return { verdict: request.verdict, by, at, reason, category, signIn, onBehalfOf };
}

export function checkOpen(approval: StoredApproval, now: string): void {
  if (approval.status === "approved" || approval.status === "rejected") {
    const { verdict, by, at } = approval.decision ?? { verdict: approval.status, by: "?", at: "?" };
    throw new RequestError(
      "ApprovalDecided",
      `The approval ${approval.id} is already ${verdict}, by ${by} at ${at}.`,
    );
  }
  if (approval.status !== "open") throw closedError(approval);
  // Before the last stage the machine goes on asking: a decision in the gap reaches the next one.
  const isLast = stagesOf(approval.policy)[approval.stage]?.last !== false;
  if (isLast && approval.deadline !== null && approval.deadline <= now) {
    throw closedError({ ...approval, status: "expired" });
  }
}

export function closedError(
  approval: Pick<StoredApproval, "id" | "run" | "status" | "deadline" | "decision">,
): RequestError {
  const why =
    approval.status === "expired" && approval.deadline !== null
      ? `its deadline was ${approval.deadline}`
      : "its run went on or was stopped before a decision reached it";
  const late = approval.decision ? " The decision is on record, without effect." : "";
  return new RequestError(
    "ApprovalClosed",
    `The approval ${approval.id} is closed: ${why}.${late}`,
    `\`espalier show ${approval.run.id}\` tells what became of the run.`,
  );
}

/** Throws unless it can be the name of a person; whether that person may decide is another question. */
export function checkName(address: string): void {
  if (address !== "" && address !== RULE && address !== "*" && address.length <= 254) return;
  throw new RequestError(
    "NameInvalid",
    `"${address.slice(0, 254)}" is not the address of a person.`,
    "Say who decides, for example with `--as me@example.com`.",
  );
}

/** Whose right it is, where it was handed on. */
function checkPerson(approval: StoredApproval, by: string): string | null {
  const { policy, run, id, approvers, delegations, votes } = approval;
  if (votes.some((vote) => vote.by === by)) {
    throw new RequestError(
      "ApproverNotAllowed",
      `${by} has approved ${id} already, and ${policy.quorum} different people are needed.`,
      "Somebody else among the approvers has to decide.",
    );
  }
  if (!isAsked(approval, by)) {
    const passed = delegations.find(({ from }) => from === by);
    throw new RequestError(
      "ApproverNotAllowed",
      passed
        ? `${by} has handed the decision about ${id} on to ${passed.to}.`
        : `${by} is not among the approvers of ${id} (policy "${policy.approval}").`,
      `It can be decided by ${approvers.join(", ")}.`,
    );
  }
  const behind = chainBehind(by, delegations);
  const requester = requestersOf(approval).find((each) => by === each || behind.includes(each));
  if (policy.fourEyes && requester !== undefined) {
    const how = by === requester ? `${by} asked` : `${by} decides for ${requester}, who asked`;
    throw new RequestError(
      "ApproverNotAllowed",
      `${how} for the run ${run.id} and may not approve it (four eyes, policy "${policy.approval}").`,
      "Somebody else among the approvers has to decide.",
    );
  }
  return behind[0] ?? null;
}

function checkSignIn({ policy }: StoredApproval, { signIn }: DecisionRequest): void {
  if (policy.signIn !== "required" || signIn) return;
  throw new RequestError(
    "SignInRequired",
    `The policy "${policy.approval}" wants whoever decides to sign in.`,
    "Open the link of the message, and sign in there.",
  );
}

function checkReason(
  { policy }: StoredApproval,
  verdict: Verdict,
  reason: string | null,
  category: string | null,
): void {
  if (reason !== null && reason.length > MAX_REASON) {
    throw new RequestError(
      "InputInvalid",
      `The reason has ${reason.length} characters; ${MAX_REASON} are allowed.`,
      "Put the long form where it can be linked, and the link here.",
    );
  }
  const { categories, approve, reject } = policy.reasons;
  const known = categories.join(", ");
  if (category !== null && !categories.includes(category)) {
    throw new RequestError(
      "InputInvalid",
      `The policy "${policy.approval}" has no category ${JSON.stringify(category.slice(0, 80))}.`,
      categories.length > 0 ? `It has ${known}.` : "It has none: leave it out.",
    );
  }
  const word = verdict === "approved" ? "approve" : "reject";
  if ((verdict === "approved" ? approve : reject) !== "required") return;
  if (reason === null) {
    throw new RequestError(
      "ReasonRequired",
      `The policy "${policy.approval}" wants a reason from whoever would ${word}.`,
      "Give one, for example with `--reason TEXT`.",
    );
  }
  if (categories.length > 0 && category === null) {
    throw new RequestError(
      "ReasonRequired",
      `The policy "${policy.approval}" wants a category from whoever would ${word}.`,
      `Choose one, for example with \`--category\`: ${known}.`,
    );
  }
}
