/** What the placeholders of a plan's definition stand for in an account. */
import { fillPolicies } from "../../compiler/fill-policies.ts";
import type { Plan } from "../../compiler/plan.ts";
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";

export interface DefinitionValues {
  readonly digest: string;
  /** Digest of the plan that is kept with the bundle. */
  readonly planDigest: string;
  readonly environment: string;
  readonly eventBus: string;
  /** ARN that approval steps invoke. */
  readonly approval: string;
  /** Version ARN by step. */
  readonly functions: ReadonlyMap<string, string>;
  /** ARN to start, by workflow. */
  readonly workflows: ReadonlyMap<string, string>;
  /** A policy with the people of this environment. */
  readonly resolvePolicy: (policy: ApprovalPolicy) => ApprovalPolicy;
}

/**
 * The definition with its placeholders filled in; values may be tokens of the CDK. The comment ends
 * with the digests of bundle and plan: an execution keeps its definition, so it tells what a run runs.
 */
export function deployedDefinition(plan: Plan, values: DefinitionValues): JsonObject {
  const named = new Map<string, string>([
    ["function_espalier_approval", values.approval],
    ["event_bus", values.eventBus],
    ["bundle_digest", values.digest],
    ["environment", values.environment],
  ]);
  for (const [step, arn] of values.functions) named.set(`function_${step}`, arn);
  for (const [name, arn] of values.workflows) {
    named.set(`workflow_${name.replaceAll("-", "_")}`, arn);
  }
  const fill = (value: Json): Json => {
    if (typeof value === "string") {
      return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => named.get(name) ?? whole);
    }
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value === "object" && value !== null) return fillObject(value as JsonObject);
    return value;
  };
  const fillObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, fill(value)]));
  const policies = new Map(
    plan.approvals.map(({ policy }) => [policy.approval, values.resolvePolicy(policy)]),
  );
  const { Comment: comment, ...definition } = fillPolicies(plan, policies).definition;
  const said = typeof comment === "string" ? comment : plan.workflow;
  return {
    Comment: `${said} (bundle ${values.digest}, plan ${values.planDigest})`,
    ...fillObject(definition),
  };
}

/** Calls `visit` for each state of a machine, those of maps and branches included. */
export function visitStates(
  machine: JsonObject,
  visit: (name: string, state: JsonObject) => void,
): void {
  const states = machine.States;
  if (!isObject(states)) return;
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) continue;
    visit(name, state);
    if (isObject(state.ItemProcessor)) visitStates(state.ItemProcessor, visit);
    const branches = state.Branches;
    if (!Array.isArray(branches)) continue;
    for (const branch of branches) if (isObject(branch)) visitStates(branch, visit);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
