/** The plan that a run ran, among those that its bundle may have. */
import { fillPolicies } from "../compiler/fill-policies.ts";
import type { Plan } from "../compiler/plan.ts";
import type { Json } from "../runtime/json.ts";
import { recordedCalls } from "../runtime/recorded-calls.ts";
import type { ReplayBundle } from "./bundle-snapshot.ts";
import { isSameJson } from "./differences.ts";
import type { RecordedRun } from "./recorded-run.ts";
import { isObject } from "./request-of.ts";

type Policy = Plan["approvals"][number]["policy"];

/**
 * A run's own bundle as it was for that run. A pulled run brings its plan; and whom approvals ask is said
 * by the environment, which may have changed since: the record has it. Another bundle stays what it is.
 */
export function asItRan(bundle: ReplayBundle, { run, plan, events }: RecordedRun): ReplayBundle {
  if (bundle.digest !== run.digest) return bundle;
  const own = plan ?? bundle.plan;
  const asked = own.approvals.length === 0 ? new Map<string, Policy>() : askedOf(events);
  const isChanged = own.approvals.some(({ policy }) => {
    const found = asked.get(policy.approval);
    return found !== undefined && !isSameJson(peopleOf(found), peopleOf(policy));
  });
  if (isChanged) return { ...bundle, plan: fillPolicies(own, asked) };
  return own === bundle.plan ? bundle : { ...bundle, plan: own };
}

/** By the policy's name, as its first request had it. */
function askedOf(events: RecordedRun["events"]): ReadonlyMap<string, Policy> {
  const asked = new Map<string, Policy>();
  for (const { request } of recordedCalls(events)) {
    const payload = request.Payload;
    const policy = isObject(payload) ? payload.policy : undefined;
    if (!isObject(policy) || typeof policy.approval !== "string") continue;
    if (!asked.has(policy.approval)) asked.set(policy.approval, policy as unknown as Policy);
  }
  return asked;
}

function peopleOf({ approvers, escalation, delegation }: Policy): Json {
  return JSON.parse(JSON.stringify({ approvers, escalation, delegation })) as Json;
}
