/** What was approved in the run that this one goes on from, and is asked again in the same words. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import { readAll } from "../artifact-handle.ts";
import type { ApprovalCall } from "../call.ts";
import { digestOfJson } from "../canonical-json.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Ports } from "../ports.ts";
import type { Decision } from "./approval.ts";
import { approvalId } from "./approval-id.ts";
import { readApproval } from "./approval-store.ts";
import type { StoredApproval } from "./stored-approval.ts";

export interface KeptDecision {
  readonly decision: Decision;
  /** Id of the approval that was decided. */
  readonly from: string;
}

/**
 * Approved by a person, for the same workflow, policy and evidence; undefined: a person is asked. What
 * counts is the approval as it is stored, whatever the repair says of it. The steps of the run so far
 * are no part of the comparison: they tell of another run.
 */
export async function keptDecision(
  call: ApprovalCall,
  policy: ApprovalPolicy,
  frozen: string,
  ports: Pick<Ports, "records" | "artifacts">,
): Promise<KeptDecision | undefined> {
  if (!call.repair) return undefined;
  const run = { ...call.run, ...call.repair.of };
  const before = await lastRound({ ...call, run, token: "" }, ports);
  const decision = before?.decision;
  if (!before || decision?.verdict !== "approved" || before.status !== "approved") return undefined;
  const isSame =
    before.run.workflow === call.run.workflow &&
    before.run.environment === call.run.environment &&
    digestOfJson(before.policy as unknown as Json) === digestOfJson(policy as unknown as Json) &&
    before.frozen !== null &&
    (await withoutTimeline(before.frozen, ports)) === (await withoutTimeline(frozen, ports));
  return isSame ? { decision, from: before.id } : undefined;
}

/** A run that was redriven may have asked more than once. */
async function lastRound(
  call: ApprovalCall,
  ports: Pick<Ports, "records">,
): Promise<StoredApproval | undefined> {
  let last: StoredApproval | undefined;
  for (let round = 0; ; round += 1) {
    const found = await readApproval(approvalId(call, round), ports);
    if (!found) return last;
    last = found.approval;
  }
}

async function withoutTimeline(frozen: string, ports: Pick<Ports, "artifacts">): Promise<string> {
  const { timeline: _, ...rest } = await readJson(frozen, ports);
  return digestOfJson(rest);
}

async function readJson(
  digest: string,
  { artifacts }: Pick<Ports, "artifacts">,
): Promise<JsonObject> {
  const text = new TextDecoder().decode(await readAll(artifacts.open(digest)));
  return JSON.parse(text) as JsonObject;
}
