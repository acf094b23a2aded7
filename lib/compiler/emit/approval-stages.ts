/**
 * The states of a question to a person: one for each stage of its policy (decision 0080).
 *
 *     ID.schedule ──▶ ID ──timeout──▶ ID.stage2 ──timeout──▶ … ──timeout──▶ as `onExpiry` says
 *                     └──decided──────└──decided────────────▶ (onward)
 *
 * The schedule is there only with business hours: lengths in them depend on when they begin. A stage
 * that begins at another time than it says (its run was redriven) goes back to it.
 */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Catch } from "../../manifest/manifest.ts";
import { SCHEDULE_STALE } from "../../runtime/approval/schedule-stages.ts";
import { type Stage, stagesOf } from "../../runtime/approval/stages.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { EvidenceClasses } from "../check/clearance.ts";
import { STATES } from "../names.ts";
import {
  approvalCatchers,
  type Caught,
  catchers,
  retriers,
  without,
  withoutTimeout,
} from "./failing.ts";
import { INVOKE, literal } from "./translate.ts";

/** What is asked, as payloads of the approval function write it. */
export interface Question {
  /** Name of the first stage's state; those of the others begin with it. */
  readonly state: string;
  readonly policy: ApprovalPolicy;
  readonly run: JsonObject;
  readonly step: JsonObject;
  readonly repair: Json;
  readonly required: Json;
  readonly evidence: Json;
  /** Empty, or what tells an agent's questions apart. */
  readonly key: Json;
  /** Of the evidence, where the policy has a clearance. */
  readonly classes?: EvidenceClasses | undefined;
  /** Variable of the schedule. */
  readonly schedule: string;
}

export interface StageState {
  readonly name: string;
  readonly state: JsonObject;
  readonly stage: Stage;
}

export interface ApprovalStates {
  /** Where it begins. */
  readonly entry: string;
  readonly schedule: Omit<StageState, "stage"> | undefined;
  readonly stages: readonly StageState[];
}

/** Seconds that the approval function has for a schedule: it computes, and asks nobody. */
const SCHEDULE_SECONDS = 60;

/** @param frame what the states of this scope hand on: inside of a map, the frame. */
export function approvalStates(question: Question, frame: Json): ApprovalStates {
  const { policy, state: base } = question;
  const all = stagesOf(policy);
  const names = all.map(({ name }) => STATES.stage(base, name));
  const stages = all.map((stage, index): StageState => {
    const next = names[index + 1];
    const late = next !== undefined && {
      ErrorEquals: ["States.Timeout"],
      Output: frame,
      Next: next,
    };
    const state = stageState(question, stage);
    state.Retry = retriers([], "approval", undefined);
    const stale = policy.businessHours !== undefined &&
      stage.seconds !== null && {
        ErrorEquals: [SCHEDULE_STALE],
        Output: frame,
        Next: STATES.schedule(base),
      };
    const own = [stale || [], late || []].flat();
    if (own.length > 0) state.Catch = own;
    return { name: names[index] ?? base, state, stage };
  });
  if (!policy.businessHours) return { entry: base, schedule: undefined, stages };
  const schedule = { name: STATES.schedule(base), state: scheduleState(question, frame) };
  return { entry: schedule.name, schedule, stages };
}

/** Which errors of these states the step's own `catch` gets. */
export function approvalFailures(
  { schedule, stages }: ApprovalStates,
  clauses: readonly Catch[],
  id: string,
  policy: ApprovalPolicy,
): { readonly state: JsonObject; readonly caught: readonly Caught[] }[] {
  const own = stages.map(({ state, stage }) => {
    // A stage without an end has no timeout that somebody could catch.
    if (stage.seconds === null) return { state, caught: catchers(clauses) };
    const caught = stage.last
      ? approvalCatchers(clauses, id, policy)
      : withoutTimeout(catchers(clauses));
    return { state, caught };
  });
  if (!schedule) return own;
  // It asks nobody, so nobody rejects it, or lets it expire.
  const caught = without(catchers(clauses), (name) => name.startsWith("Approval."));
  return [{ state: schedule.state, caught }, ...own];
}

function stageState(question: Question, stage: Stage): JsonObject {
  const { index, seconds } = stage;
  const { policy, run, step, repair, required, evidence, key, classes = {}, schedule } = question;
  const scheduled = policy.businessHours !== undefined && seconds !== null;
  const planned = `$${schedule}.stages[${index}]`;
  const length = scheduled ? `{% ${planned}.seconds %}` : seconds;
  return {
    Type: "Task",
    ...(index > 0 && { Comment: comment(stage) }),
    Resource: `${INVOKE}.waitForTaskToken`,
    Arguments: {
      FunctionName: "${function_espalier_approval}",
      Payload: {
        run,
        step,
        token: "{% $states.context.Task.Token %}",
        required,
        policy: literal(policy as unknown as Json),
        evidence,
        key,
        ...(index === 0 && { repair }),
        stage: index,
        seconds: length,
        ...(scheduled && {
          deadline: `{% ${planned}.deadline %}`,
          begins: `{% ${planned}.begins %}`,
        }),
        ...(Object.keys(classes).length > 0 && { classes: { ...classes } }),
        ...(index === 0 && rejectsAfterHours(policy) && { verdict: `{% $${schedule}.verdict %}` }),
      },
    },
    ...(length !== null && { TimeoutSeconds: length }),
  };
}

function comment({ kind, level }: Stage): string {
  if (kind === "queue") return "Past the last deadline: open without an end";
  return kind === "reminder" ? `Reminder of level ${level}` : `Level ${level}`;
}

function rejectsAfterHours({ businessHours, afterHours }: ApprovalPolicy): boolean {
  return businessHours !== undefined && afterHours === "reject";
}

function scheduleState({ state, policy, run, step, schedule }: Question, frame: Json): JsonObject {
  return {
    Type: "Task",
    Resource: INVOKE,
    Arguments: {
      FunctionName: "${function_espalier_approval}",
      Payload: { operation: "schedule", run, step, policy: literal(policy as unknown as Json) },
    },
    TimeoutSeconds: SCHEDULE_SECONDS,
    Assign: { [schedule]: "{% $states.result.Payload %}" },
    Output: frame,
    Retry: retriers([], "schedule", undefined),
    Next: state,
  };
}
