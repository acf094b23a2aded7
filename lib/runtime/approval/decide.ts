/**
 * Deciding an approval, exactly once, and telling the run, exactly once.
 *
 * Each vote is one conditional write; the one that fills the quorum, or rejects, decides. Then the task
 * token is answered (`deliver.ts`). A process that dies in between leaves a decision that
 * `deliverPending` delivers.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { digestOfJson } from "../canonical-json.ts";
import { ConditionFailed, RequestError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Ports } from "../ports.ts";
import { loadStoredValues } from "../stored-value.ts";
import { type AnnouncingPorts, announceOrLeave } from "./announce.ts";
import type { Approval, Decision, Vote } from "./approval.ts";
import {
  appendRefusal,
  digestOrNull,
  flushEvents,
  type News,
  withEvents,
} from "./approval-events.ts";
import { changeApproval, publicView } from "./approval-store.ts";
import { deliver } from "./deliver.ts";
import { closeApproval, findApproval } from "./find-approvals.ts";
import { judgeEdit, standingEdit } from "./judge-edit.ts";
import { closedError, type DecisionRequest, judgeVote } from "./judge-vote.ts";
import type { HeldApproval, StoredApproval } from "./stored-approval.ts";

export { type DecisionRequest, MAX_REASON } from "./judge-vote.ts";

export type DecisionPorts = Pick<Ports, "tokens" | "artifacts"> & AnnouncingPorts;

/**
 * Takes one person's decision on an open approval. Before the quorum is reached, the approval stays
 * `open`, with one vote more. `delivered` of a decided one is false if the run could not be told yet;
 * the decision stands, and `deliverPending`, or the next stage's call, tells it.
 *
 * Throws `RequestError`: `ApprovalNotFound`; `ApprovalDecided` (who, when); `ApprovalClosed` (the run
 * no longer waits); `ApproverNotAllowed` (not asked, has decided already, or asked for the run under
 * four eyes); `EvidenceStale` (seen was something else); `SignInRequired`; `ReasonRequired`;
 * `EditNotAllowed`; `NameInvalid` (no address); `InputInvalid` (reason too long, unknown category).
 * Each of these but the first is an entry in the audit of the run.
 */
export async function decide(
  id: string,
  request: DecisionRequest,
  ports: DecisionPorts,
): Promise<Approval> {
  const tidying: (() => Promise<void>)[] = [];
  // The run comes first; what is stale in the index is skipped by readers until then.
  const voted = await vote(id, request, ports, (tidy) => void tidying.push(tidy));
  try {
    return await afterVote(voted, ports);
  } finally {
    for (const tidy of tidying) await tidy();
  }
}

async function afterVote(voted: HeldApproval, ports: DecisionPorts): Promise<Approval> {
  if (!voted.approval.decision) return publicView((await flushEvents(voted, ports)).approval);
  const delivered = await tell(voted, ports);
  if (delivered.outcome === "gone") {
    // The write won, and yet the task had ended (it timed out, or its run moved on, in between):
    // the decision has no effect, and whoever made it must know.
    const { deadline } = voted.approval;
    const late = deadline !== null && deadline <= ports.clock.now().toISOString();
    const status = late ? "expired" : "cancelled";
    await closeApproval(voted.approval.id, status, ports);
    throw closedError({ ...voted.approval, status });
  }
  return publicView((await announceOrLeave(delivered.held, ports)).approval);
}

/** One conditional write; whoever meets another's write looks at what stands then, by all the rules. */
async function vote(
  id: string,
  request: DecisionRequest,
  ports: DecisionPorts,
  later: (tidy: () => Promise<void>) => void,
): Promise<HeldApproval> {
  for (let tries = 0; ; tries += 1) {
    const found = await findApproval(id, ports);
    const cast = await judged(found.approval, request, ports);
    try {
      return await changeApproval(found, withVote(found.approval, cast), ports, later);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      await sleep(Math.random() * Math.min(200, 2 ** tries));
    }
  }
}

async function judged(
  approval: StoredApproval,
  request: DecisionRequest,
  ports: DecisionPorts,
): Promise<Vote> {
  try {
    const cast = judgeVote(approval, request, ports.clock.now());
    return { ...cast, edited: await editOf(approval, request, ports) };
  } catch (error) {
    if (error instanceof RequestError) await refused(approval, request, error, ports);
    throw error;
  }
}

async function editOf(
  approval: StoredApproval,
  { verdict, edited }: DecisionRequest,
  { artifacts }: DecisionPorts,
): Promise<Json | null> {
  if (verdict === "rejected") {
    if (edited === undefined) return null;
    throw new RequestError(
      "EditNotAllowed",
      "A rejected proposal cannot be changed at the same time.",
      "Say in the reason what should change.",
    );
  }
  if (edited === undefined) return null;
  const { proposal } = approval.evidence;
  return judgeEdit(approval, await loadStoredValues(proposal ?? null, artifacts), edited);
}

function withVote(approval: StoredApproval, cast: Vote): Partial<StoredApproval> {
  const votes = [...approval.votes, cast];
  const approving = votes.filter(({ verdict }) => verdict === "approved").length;
  const decides = cast.verdict === "rejected" || approving >= approval.quorum;
  const { verdict, by, at, reason, category } = cast;
  // Held once, by whoever made it: an item has room for so much.
  const edited = verdict === "approved" ? standingEdit(votes) : null;
  const decision: Decision | null = decides ? { verdict, by, at, reason, category, edited } : null;
  const news: News = {
    actor: by,
    event: decides ? "approval.decided" : "approval.voted",
    data: {
      verdict,
      at,
      reason,
      category,
      edited: digestOrNull(edited),
      signIn: cast.signIn,
      onBehalfOf: cast.onBehalfOf,
      approving,
      quorum: approval.quorum,
    },
  };
  return {
    votes,
    // Whoever decides has looked at it.
    openedAt: approval.openedAt ?? at,
    ...withEvents(approval, [news], at),
    ...(decision && { status: decision.verdict, decision, untold: approval.asked }),
    // From here on, people decide about the changed proposal.
    ...(cast.edited !== null && {
      evidenceDigest: digestOfJson({ evidence: approval.evidenceDigest, edited }),
    }),
  };
}

/** Delivers; an answer that fails for a passing reason (throttling, network) is left to `deliverPending`. */
async function tell(
  decided: HeldApproval,
  ports: DecisionPorts,
): Promise<{ readonly held: HeldApproval; readonly outcome: "told" | "gone" | "between" }> {
  try {
    return await deliver(decided, ports);
  } catch {
    // Not lost: the decision is stored as undelivered, and the caller sees `delivered: false`.
    return { held: decided, outcome: "between" };
  }
}

/** An attempt is on record as well; a crowd that keeps it from being written changes nothing for it. */
async function refused(
  approval: StoredApproval,
  request: DecisionRequest,
  { code }: RequestError,
  ports: DecisionPorts,
): Promise<void> {
  const data = {
    why: code,
    verdict: request.verdict,
    status: approval.status,
    ...(request.evidence !== undefined && { seen: request.evidence.slice(0, 80) }),
  };
  await appendRefusal(approval, request.by.trim() || "(nobody)", data, ports).catch(
    () => undefined,
  );
}
