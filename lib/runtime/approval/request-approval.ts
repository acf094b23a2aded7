/** Asking for an approval, stage by stage: what the approval function of the platform does. */
import { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import { approverText } from "../../manifest/approvers.ts";
import type { ApprovalCall } from "../call.ts";
import { ConditionFailed, StepError, TokenGone } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Ports } from "../ports.ts";
import { loadStoredValues } from "../stored-value.ts";
import type { AnnouncingPorts } from "./announce.ts";
import { type Approval, type Decision, RULE } from "./approval.ts";
import { flushEvents, MACHINE, type News, withEvents } from "./approval-events.ts";
import { approvalId } from "./approval-id.ts";
import { APPROVAL_METRICS, countMetric } from "./approval-metrics.ts";
import { addApproval, changeApproval, publicView, readApproval } from "./approval-store.ts";
import { addressesOf, afterDelegations, approversOfLevel } from "./approvers.ts";
import { deliver } from "./deliver.ts";
import { type FreezingPorts, freezeEvidence } from "./freeze-evidence.ts";
import { keptDecision } from "./kept-decision.ts";
import { type StageTimes, stageTimes } from "./stage-times.ts";
import { levelsOf, type Stage, stagesOf } from "./stages.ts";
import type { HeldApproval, StoredApproval } from "./stored-approval.ts";
import { tellStage } from "./tell-approvers.ts";

/** Without a messenger nobody is told; requests are found by `espalier approvals`. */
export type ApprovalPorts = Ports & FreezingPorts & AnnouncingPorts;

/**
 * Takes a stage's call: makes the request, or moves the one that stands to this stage (token, level,
 * approvers, deadline), and tells its approvers. A request that is decided already answers the call's
 * own token at once: a decision that met a stage which had just ended is not lost. A call that is
 * repeated, or comes after a later one, changes nothing. Where no person is needed, the decision is
 * recorded as made by the rule. Throws `Contract.InputInvalid` where nobody could decide.
 */
export async function requestApproval(call: ApprovalCall, ports: ApprovalPorts): Promise<Approval> {
  for (;;) {
    const placed = await place(call, ports);
    if (placed === "again") continue;
    const { held, tell } = placed;
    const { decision, token, delivered } = held.approval;
    if (decision && token === call.token && !delivered) {
      return publicView((await deliver(held, ports)).held.approval);
    }
    if (held.approval.status !== "open")
      return publicView((await flushEvents(held, ports)).approval);
    if (tell) return publicView((await tellStage(held, ports)).approval);
    return publicView((await flushEvents(held, ports)).approval);
  }
}

/** Id of the request that stands with the token of this call; undefined if none does (any more). */
export async function approvalOfToken(
  call: Pick<ApprovalCall, "run" | "step" | "token" | "key">,
  ports: Pick<Ports, "records">,
): Promise<string | undefined> {
  for (let round = 0; ; round += 1) {
    const id = approvalId(call, round);
    const found = await readApproval(id, ports);
    if (!found) return undefined;
    if (found.approval.token === call.token) return id;
  }
}

interface Placed {
  readonly held: HeldApproval;
  /** Whether its approvers have to be told. */
  readonly tell: boolean;
}

/** The request that the call belongs to: one that is over, and was another call's, has a successor. */
async function roundOf(
  call: ApprovalCall,
  ports: Pick<Ports, "records">,
): Promise<{ readonly id: string; readonly found: HeldApproval | undefined }> {
  for (let round = 0; ; round += 1) {
    const id = approvalId(call, round);
    const found = await readApproval(id, ports);
    if (!found || found.approval.token === call.token || !isOver(found.approval))
      return { id, found };
  }
}

function isOver({ status, delivered }: Approval): boolean {
  return status === "expired" || status === "cancelled" || (status !== "open" && delivered);
}

async function place(call: ApprovalCall, ports: ApprovalPorts): Promise<Placed | "again"> {
  const { id, found } = await roundOf(call, ports);
  try {
    if (!found) {
      const { held, added } = await addApproval(await newRequest(id, call, ports), ports);
      return added ? { held, tell: held.approval.status === "open" } : "again";
    }
    const { approval } = found;
    // The same call once more: told again only if the first did not come so far.
    if (approval.token === call.token) return { held: found, tell: approval.reached === null };
    if (!(await isLater(call, found.approval, ports))) return { held: found, tell: false };
    const isDecided = approval.status === "approved" || approval.status === "rejected";
    const change = isDecided
      ? { token: call.token, delivered: false, ...placeOf(call) }
      : await nextStage(call, approval, ports);
    const held = await changeApproval(found, change, ports);
    if (held.approval.level > approval.level) {
      ports.writeLine?.(countMetric(held.approval, APPROVAL_METRICS.escalated, ports.clock.now()));
    }
    return { held, tell: true };
  } catch (error) {
    if (error instanceof ConditionFailed) return "again";
    throw error;
  }
}

/** Calls may overtake one another. Going back to an earlier stage is for a run that was redriven. */
async function isLater(
  call: ApprovalCall,
  standing: StoredApproval,
  { tokens }: Pick<Ports, "tokens">,
): Promise<boolean> {
  const { stage, attempt } = placeOf(call);
  if (stage > standing.stage) return true;
  if (stage === standing.stage && attempt > standing.attempt) return true;
  try {
    await tokens.heartbeat(standing.token);
    return false;
  } catch (error) {
    if (error instanceof TokenGone) return true;
    throw error;
  }
}

function placeOf(call: ApprovalCall): Pick<StoredApproval, "stage" | "attempt"> {
  return { stage: call.stage ?? 0, attempt: call.step.attempt };
}

async function newRequest(
  id: string,
  call: ApprovalCall,
  ports: ApprovalPorts,
): Promise<StoredApproval> {
  const written = ApprovalPolicy.parse(call.policy);
  const stage = stageOf(call, written);
  const now = ports.clock.now();
  const at = now.toISOString();
  const given = await loadStoredValues(call.evidence, ports.artifacts);
  const policy = withDelegates(written, given);
  const frozen = await freezeEvidence(given, call, policy, ports);
  const times = stageTimes(call, policy, stage, now);
  const rule = byRule(call, at);
  const kept = rule ? undefined : await keptDecision(call, policy, frozen.frozen, ports);
  const decision = rule ?? kept?.decision ?? null;
  const approvers = decision ? [] : approversOfLevel(policy, stage.level, given);
  if (!decision && approvers.length === 0) throw nobody(policy);
  const approval: StoredApproval = {
    id,
    run: call.run,
    repairedBy: call.repair?.by ?? null,
    step: call.step.id,
    iteration: call.step.iteration,
    key: call.key ?? "",
    status: decision?.verdict ?? "open",
    policy,
    ...frozen,
    requestedAt: at,
    ...times,
    level: stage.level,
    levels: levelsOf(policy),
    ...placeOf(call),
    approvers,
    quorum: policy.quorum,
    votes: [],
    delegations: [],
    decision,
    delivered: false,
    openedAt: null,
    reached: null,
    token: call.token,
    classes: call.classes ?? {},
    asked: approvers,
    events: 0,
    untold: [],
    unaudited: [],
  };
  const requested: News = {
    actor: call.run.principal,
    event: "approval.requested",
    data: { policy: policy.approval, approvers: [...approvers], ...timesData(times) },
  };
  const news = decision ? [requested, decidedNews(decision, kept?.from)] : [requested];
  return { ...approval, ...withEvents(approval, news, at) };
}

/** What the manifest's `required` or the policy's `afterHours` decides, so that nobody is asked. */
function byRule({ required, verdict }: ApprovalCall, at: string): Decision | null {
  const decision = { by: RULE, at, category: null, edited: null };
  if (!required) return { ...decision, verdict: "approved", reason: null };
  return verdict === "rejected" ? { ...decision, verdict, reason: AFTER_HOURS } : null;
}

const AFTER_HOURS = "Asked outside of business hours, when the policy rejects.";

/** @param keptFrom the approval that was decided in the run before */
function decidedNews({ verdict, reason }: Decision, keptFrom: string | undefined): News {
  const data = { verdict, ...(reason !== null && { reason }), ...(keptFrom && { keptFrom }) };
  return { actor: keptFrom === undefined ? RULE : MACHINE, event: "approval.decided", data };
}

/** What an open request becomes with this call: the same one, at another stage. */
async function nextStage(
  call: ApprovalCall,
  standing: StoredApproval,
  { clock, artifacts }: ApprovalPorts,
): Promise<Partial<StoredApproval>> {
  const { policy } = standing;
  const stage = stageOf(call, policy);
  const now = clock.now();
  const times = stageTimes(call, policy, stage, now, standing);
  const given = await loadStoredValues(call.evidence, artifacts);
  const named = approversOfLevel(policy, stage.level, given);
  const people = afterDelegations(named, standing.delegations);
  // A level that turns out to be nobody leaves the matter with those who have it.
  const approvers = people.length > 0 ? people : standing.approvers;
  const fresh = stage.level !== standing.level ? approvers : standing.approvers;
  const changed: StoredApproval = {
    ...standing,
    ...placeOf(call),
    ...times,
    token: call.token,
    level: stage.level,
    approvers: fresh,
    asked: [...new Set([...standing.asked, ...fresh])],
    reached: null,
  };
  const news = stageNews(stage, standing, changed);
  return { ...changed, ...withEvents(changed, news, now.toISOString()) };
}

function stageNews(stage: Stage, before: StoredApproval, after: StoredApproval): readonly News[] {
  const data = { approvers: [...after.approvers], ...timesData(after) };
  // Another attempt of the same stage: nothing has changed but the token.
  if (stage.index === before.stage) return [];
  switch (stage.kind) {
    case "request":
      return [];
    case "reminder":
      return [{ actor: MACHINE, event: "approval.reminded", data }];
    case "escalation":
    case "queue":
      return [{ actor: MACHINE, event: "approval.escalated", data: { ...data, kind: stage.kind } }];
    default:
      return stage.kind satisfies never;
  }
}

/** People whom the evidence names are looked up now: it does not change any more. */
function withDelegates(policy: ApprovalPolicy, given: Json): ApprovalPolicy {
  if (typeof policy.delegation === "boolean") return policy;
  const to = [...addressesOf(policy.delegation.to, given)];
  return { ...policy, delegation: to.length > 0 && { to } };
}

function timesData({ opensAt, deadline }: Pick<StageTimes, "opensAt" | "deadline">) {
  return { opensAt, deadline };
}

function stageOf(call: ApprovalCall, policy: ApprovalPolicy): Stage {
  const stages = stagesOf(policy);
  const stage = stages[call.stage ?? 0];
  if (stage) return stage;
  throw new StepError(
    "Contract.InputInvalid",
    `The policy "${policy.approval}" has ${stages.length} stages, and stage ${call.stage} was asked for.`,
  );
}

function nobody({ approval, approvers }: ApprovalPolicy): StepError {
  return new StepError(
    "Contract.InputInvalid",
    `Nobody can decide by the policy "${approval}": it asks ${approvers.map(approverText).join(", ")}, ` +
      "and the evidence names no address there.",
  );
}
