/** What `espalier compile` tells of a plan. */
import { approverText } from "../manifest/approvers.ts";
import type { JsonObject } from "../runtime/json.ts";
import type { Plan } from "./plan.ts";

export interface PlanExplanation {
  readonly workflow: string;
  readonly version: string;
  readonly states: number;
  readonly decisions: number;
  /** States entered, and so paid for, on the longest way; maps and repeats counted once. */
  readonly longestPath: number;
  /** Steps that have no state of their own: they ride on another. */
  readonly riding: readonly string[];
  readonly functions: readonly {
    readonly name: string;
    readonly kind: string;
    /** Null for code of the kit. */
    readonly entry: string | null;
    readonly timeout: number;
    readonly memory: number;
    readonly effect: string;
    /** `action on resource`, one line each. */
    readonly permissions: readonly string[];
  }[];
  readonly approvals: readonly ApprovalExplanation[];
  /** Resources of the machine's own tasks: what its role has to be allowed. */
  readonly integrations: readonly string[];
}

export interface ApprovalExplanation {
  readonly step: string;
  /** Of the first level. */
  readonly deadline: string;
  /** Who is asked one after the other, and for how long. */
  readonly levels: readonly { readonly approvers: readonly string[]; readonly within: string }[];
  readonly reminders: readonly string[];
  readonly quorum: number;
  readonly onExpiry: "reject" | "fail" | "queue";
  /** Null: time counts round the clock. */
  readonly businessHours: { readonly timeZone: string; readonly afterHours: string } | null;
  /** States in all, each a transition if nobody decides before. */
  readonly states: number;
}

function explainApproval({ step, states, policy }: Plan["approvals"][number]): ApprovalExplanation {
  const { deadline, approvers, escalation, reminders, quorum, onExpiry } = policy;
  const levels = [{ approvers, within: deadline }, ...escalation];
  return {
    step,
    deadline,
    levels: levels.map((level) => ({
      approvers: level.approvers.map(approverText),
      within: level.within,
    })),
    reminders,
    quorum,
    onExpiry,
    businessHours: policy.businessHours
      ? { timeZone: policy.businessHours.timeZone, afterHours: policy.afterHours }
      : null,
    states: states.length,
  };
}

export function explainPlan(plan: Plan): PlanExplanation {
  return {
    workflow: plan.workflow,
    version: plan.version,
    ...plan.transitions,
    riding: plan.steps.filter(({ state }) => state === null).map(({ id }) => id),
    functions: plan.functions.map((one) => ({
      name: `${plan.workflow}-${one.name}`,
      kind: one.kind,
      entry: "entry" in one ? one.entry : null,
      timeout: one.timeout,
      memory: one.memory,
      effect: one.effect,
      permissions: one.permissions.flatMap(({ actions, resources }) =>
        actions.flatMap((action) => resources.map((resource) => `${action} on ${resource}`)),
      ),
    })),
    approvals: plan.approvals.map(explainApproval),
    integrations: [...integrations(plan.definition)].sort(),
  };
}

function integrations(machine: JsonObject, found = new Set<string>()): Set<string> {
  for (const value of Object.values(machine.States as JsonObject)) {
    const state = value as JsonObject;
    if (typeof state.Resource === "string") found.add(state.Resource);
    if (state.ItemProcessor) integrations(state.ItemProcessor as JsonObject, found);
    for (const branch of (state.Branches ?? []) as JsonObject[]) integrations(branch, found);
  }
  return found;
}
