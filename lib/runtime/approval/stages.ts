/**
 * The stages of a request: level 1, its reminders, level 2, … Each is a state that waits for its
 * token until the stage is over; the timeout leads to the next (decision 0080). Pure: the compiler
 * makes states of it, the approval function reads what a stage means.
 */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import { policySeconds } from "../../manifest/approval-rules.ts";

export interface Stage {
  readonly index: number;
  /** Of the state, after the step's own: empty for the first, else `stage2`, `stage3`, … */
  readonly name: string;
  /** Counts from 1. */
  readonly level: number;
  /** `queue`: past the last deadline, and open without an end. */
  readonly kind: "request" | "reminder" | "escalation" | "queue";
  /**
   * How long it lasts; null: without an end. With business hours these are seconds of open time, and
   * the schedule says how long the state waits.
   */
  readonly seconds: number | null;
  /** Seconds from its beginning to the deadline of its level; null: there is none. */
  readonly untilDeadline: number | null;
  /** What comes after it is the policy's `onExpiry`. */
  readonly last: boolean;
}

type StagePolicy = Pick<
  ApprovalPolicy,
  "deadline" | "escalation" | "reminders" | "onExpiry" | "businessHours"
>;

/** Number of levels of a policy. */
export function levelsOf({ escalation }: Pick<ApprovalPolicy, "escalation">): number {
  return 1 + escalation.length;
}

/** At least one stage. A reminder that is not shorter than a level is left out of it. */
export function stagesOf(policy: StagePolicy): readonly Stage[] {
  const lengths = [policy.deadline, ...policy.escalation.map(({ within }) => within)].map((text) =>
    secondsOf(text, policy),
  );
  const reminders = policy.reminders.map((text) => secondsOf(text, policy));
  const found = lengths.flatMap((length, index) => levelStages(index + 1, length, reminders));
  if (policy.onExpiry === "queue") {
    found.push({ level: lengths.length, kind: "queue", seconds: null, untilDeadline: null });
  }
  return found.map((stage, index) => ({
    ...stage,
    index,
    name: index === 0 ? "" : `stage${index + 1}`,
    last: index === found.length - 1,
  }));
}

type Bare = Pick<Stage, "level" | "kind" | "seconds" | "untilDeadline">;

function levelStages(level: number, length: number, reminders: readonly number[]): Bare[] {
  const before = [...new Set(reminders)].filter((each) => each < length).sort((a, b) => b - a);
  const starts = [length, ...before];
  return starts.map((untilDeadline, index) => ({
    level,
    kind: index > 0 ? "reminder" : level === 1 ? "request" : "escalation",
    seconds: untilDeadline - (starts[index + 1] ?? 0),
    untilDeadline,
  }));
}

function secondsOf(text: string, policy: StagePolicy): number {
  const seconds = policySeconds(text, policy);
  if (seconds === undefined) throw new TypeError(`"${text}" of an approval policy is no duration.`);
  return seconds;
}
