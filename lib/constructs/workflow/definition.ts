/** What the placeholders of a plan's definition stand for in an account. */
import type { Plan } from "../../compiler/plan.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";

export interface DefinitionValues {
  readonly digest: string;
  readonly environment: string;
  readonly eventBus: string;
  /** ARN that approval steps invoke. */
  readonly approval: string;
  /** Version ARN by step. */
  readonly functions: ReadonlyMap<string, string>;
  /** ARN to start, by workflow. */
  readonly workflows: ReadonlyMap<string, string>;
  /** Approvers of this environment, where they are not the policy's own. */
  readonly approversOf: (policy: string) => readonly string[] | undefined;
}

/**
 * The definition with its placeholders filled in; values may be tokens of the CDK. The comment ends
 * with the bundle's digest: an execution keeps its definition, so it tells what a run runs.
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
  const { Comment: comment, ...definition } = withApprovers(plan, values.approversOf);
  const said = typeof comment === "string" ? comment : plan.workflow;
  return { Comment: `${said} (bundle ${values.digest})`, ...fillObject(definition) };
}

/** Names of states are unique in a workflow, so each is found wherever it is nested. */
function withApprovers(plan: Plan, approversOf: DefinitionValues["approversOf"]): JsonObject {
  const replaced = new Map<string, readonly string[]>();
  for (const { state, policy } of plan.approvals) {
    const approvers = approversOf(policy.approval);
    if (approvers) replaced.set(state, approvers);
  }
  if (replaced.size === 0) return plan.definition;
  const definition = structuredClone(plan.definition) as JsonObject;
  visitStates(definition, (name, state) => {
    const approvers = replaced.get(name);
    const policy = payloadOf(state).policy;
    if (approvers && isObject(policy)) Object.assign(policy, { approvers: [...approvers] });
  });
  return definition;
}

function payloadOf(state: JsonObject): JsonObject {
  const given = state.Arguments;
  const payload = isObject(given) ? given.Payload : undefined;
  return isObject(payload) ? payload : {};
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
