/**
 * An approval is one row, however many stages it has: the schedule before them, who is asked, when
 * they are reminded, whom it escalates to.
 */
import { ApprovalPolicy } from "../manifest/approval-policy.ts";
import { approverText } from "../manifest/approvers.ts";
import { SCHEDULE_STALE } from "./approval/schedule-stages.ts";
import { levelsOf, type Stage, stagesOf } from "./approval/stages.ts";
import { isOpen, type Row, type Scope } from "./timeline-row.ts";

/** One stage of a question, as the state's own call tells of it. */
export interface AskedStage {
  readonly kind: Stage["kind"];
  /** Counts from 1. */
  readonly level: number;
  readonly levels: number;
  /** Whom the policy names for this level; people that the evidence names, by the path to them. */
  readonly approvers: readonly string[];
  /** No further stage follows. */
  readonly last: boolean;
}

const STAGE = /^(.+?)(?:\.(schedule|stage(\d+)))?$/;

/** Takes the state of a question apart: `review.stage2` is the second of `review`, a schedule comes before the first. */
function partsOf(state: string): { readonly question: string; readonly number: number } {
  const [, question = state, suffix, number] = STAGE.exec(state) ?? [];
  return { question, number: suffix === "schedule" ? 0 : Number(number ?? 1) };
}

/** Reads the stage from an `ApprovalCall`; null if it is none, or its policy is not understood. */
export function stageOfCall(call: { readonly [name: string]: unknown }): AskedStage | null {
  if (!("evidence" in call) || !("token" in call)) return null;
  const { success, data: policy } = ApprovalPolicy.safeParse(call.policy);
  if (!success) return null;
  const stage = stagesOf(policy)[typeof call.stage === "number" ? call.stage : 0];
  if (!stage) return null;
  const { kind, level, last } = stage;
  const named = level === 1 ? policy.approvers : policy.escalation[level - 2]?.approvers;
  const approvers = (named ?? []).map(approverText);
  return { kind, level, levels: levelsOf(policy), approvers, last };
}

/** Goes on with the row of a question in this state: from its schedule, or from a stage that timed out. */
export function enterStage(
  state: string,
  { current: row }: Scope,
  { set }: { set(row: Row, change: Partial<Row>): void },
): boolean {
  if (row?.kind !== "approval" || row.state === null) return false;
  const before = partsOf(row.state);
  const now = partsOf(state);
  // After a redrive, a stage goes back to the schedule, which is made anew.
  const isNext = now.number === before.number + 1 || (now.number === 0 && isOpen(row));
  if (now.question !== before.question || !isNext) return false;
  row.attempts.splice(0);
  set(row, { state, outcome: "running", output: null });
  if (row.parent?.kind === "agent") set(row.parent, { outcome: "waiting" });
  return true;
}

/** Whether this end of a state is not that of the approval: its schedule is made, or another stage follows. */
export function goesOn(row: Row): boolean {
  if (row.state?.endsWith(".schedule")) return row.kind === "approval" && !row.failing;
  if (row.error?.name === SCHEDULE_STALE) return true;
  return row.error?.name === "States.Timeout" && row.stages.at(-1)?.last === false;
}
