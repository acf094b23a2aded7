/** Approval policies of these tests, by name, and what each comes to: counted by hand. */
import { ApprovalPolicy, type ApprovalPolicyInput } from "../../lib/manifest/approval-policy.ts";

interface Known {
  readonly keys: Partial<ApprovalPolicyInput>;
  /** Stages, the schedule aside. */
  readonly stages: number;
  readonly isScheduled: boolean;
  /** Undefined: it never expires. */
  readonly within: string | undefined;
}

const HEAD_OF_LEGAL = { approvers: ["head@example.com"], within: "1d" };
const HOURS = {
  timeZone: "Europe/Berlin",
  hours: {
    mon: "09:00-17:00",
    tue: "09:00-17:00",
    wed: "09:00-17:00",
    thu: "09:00-17:00",
    fri: "09:00-15:00",
  },
  holidays: ["2026-01-06"],
};

const KNOWN: Readonly<Record<string, Known>> = {
  // Level 1, a day and then four hours before its end; level 2, four hours before its end.
  escalate: {
    keys: { reminders: ["1d", "4h"], escalation: [HEAD_OF_LEGAL] },
    stages: 5,
    isScheduled: false,
    within: "3d and then 1d",
  },
  "reject-escalate": {
    keys: { escalation: [HEAD_OF_LEGAL] },
    stages: 2,
    isScheduled: false,
    within: "3d and then 1d",
  },
  queue: { keys: { onExpiry: "queue" }, stages: 2, isScheduled: false, within: undefined },
  "reject-hours": {
    keys: { businessHours: HOURS, escalation: [HEAD_OF_LEGAL] },
    stages: 2,
    isScheduled: true,
    within: "3d and then 1d of business hours",
  },
  "queue-hours": {
    keys: { businessHours: HOURS, onExpiry: "queue", reminders: ["4h"] },
    stages: 3,
    isScheduled: true,
    within: undefined,
  },
  closed: {
    keys: { businessHours: HOURS, afterHours: "reject" },
    stages: 1,
    isScheduled: true,
    within: "3d of business hours",
  },
};

const SIMPLE: Known = { keys: {}, stages: 1, isScheduled: false, within: "3d" };

export const knownPolicy = (name: string): Known => KNOWN[name] ?? SIMPLE;

/** Names that begin with `reject` reject what nobody decides in time. */
export function policyOf(name: string): ApprovalPolicy {
  return ApprovalPolicy.parse({
    approval: name,
    title: "May this be published?",
    approvers: ["approver@example.com"],
    deadline: "3d",
    onExpiry: name.startsWith("reject") ? "reject" : "fail",
    ...knownPolicy(name).keys,
  });
}

/** `approvals/NAME.yaml`. */
export const policyName = (path: string): string => /([\w-]+)\.yaml$/.exec(path)?.[1] ?? path;

/** The policy of an agent that these tests make up: `asking…`, `rejecting…`, or one that is named behind it. */
export function policyOfAgent(path: string): string {
  const [, asks = "", more] = /(asking|rejecting)(?:-by-([\w-]+))?/.exec(path) ?? [];
  return more ?? (asks === "rejecting" ? "reject-late" : "plain");
}
