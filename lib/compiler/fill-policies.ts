/** A plan with its approval policies as an environment has them. */
import type { ApprovalPolicy } from "../manifest/approval-policy.ts";
import type { Json, JsonObject } from "../runtime/json.ts";
import { literal } from "./emit/translate.ts";
import type { Plan } from "./plan.ts";

/**
 * Puts the people of `resolved` (by the policy's name) in the place of the plan's, in its list of
 * approvals and in every state that asks or schedules. Nothing else of a policy changes with an
 * environment, so the states stay as they are. Pure; the same plan where nobody is replaced.
 */
export function fillPolicies(plan: Plan, resolved: ReadonlyMap<string, ApprovalPolicy>): Plan {
  if (!plan.approvals.some(({ policy }) => resolved.has(policy.approval))) return plan;
  const people = new Map([...resolved].map(([name, policy]) => [name, peopleOf(policy)]));
  return {
    ...plan,
    approvals: plan.approvals.map((one) => ({
      ...one,
      policy: { ...one.policy, ...resolved.get(one.policy.approval) },
    })),
    definition: filled(plan.definition, people) as JsonObject,
  };
}

type People = Pick<ApprovalPolicy, "approvers" | "escalation" | "delegation">;

function peopleOf({ approvers, escalation, delegation }: People): JsonObject {
  const plain: Json = JSON.parse(JSON.stringify({ approvers, escalation, delegation }));
  return literal(plain) as JsonObject;
}

function filled(value: Json, people: ReadonlyMap<string, JsonObject>): Json {
  if (Array.isArray(value)) return value.map((item) => filled(item, people));
  if (typeof value !== "object" || value === null) return value;
  const arguments_ = value.Arguments;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, filled(member, people)]),
  );
  if (!isObject(arguments_) || arguments_.FunctionName !== APPROVAL) return copy;
  const { Payload: payload } = arguments_;
  if (!isObject(payload) || !isObject(payload.policy)) return copy;
  const own = people.get(String(payload.policy.approval));
  if (!own) return copy;
  const policy = { ...payload.policy, ...own };
  return { ...copy, Arguments: { ...arguments_, Payload: { ...payload, policy } } };
}

const APPROVAL = "${function_espalier_approval}";

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
