/**
 * The states of an agent: a call of its function, the choice of what comes of it, and, where it may
 * ask for a person, that question.
 *
 *     ID ──▶ ID.next ──done──▶ (onward)
 *      ▲        │ continue: back to ID
 *      └────────┤ awaitingApproval: ID.approval, then back to ID with what was decided
 */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { AgentStep } from "../../manifest/manifest.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { STATES, type VariableNames } from "../names.ts";
import { approvalCatchers, behindIn, type Caught, catchers, retriers } from "./failing.ts";
import type { Surroundings } from "./translate.ts";
import type { WorkStates } from "./work-states.ts";

export interface AgentLoop {
  /** In the order in which a reader wants them; the first is where the loop begins. */
  readonly states: readonly (readonly [name: string, state: JsonObject])[];
  /** The rule of the choice that leads onward. */
  readonly done: JsonObject;
  /** The artifact, as `done` sees it. */
  readonly result: string;
  /** States whose errors the step's own `catch` gets, and which of them match what. */
  readonly failing: readonly { readonly state: JsonObject; readonly caught: readonly Caught[] }[];
  /** Variable that has to be empty when the loop begins anew; undefined where there is none. */
  readonly resume: string | undefined;
}

export interface LoopParts {
  readonly work: WorkStates;
  readonly names: VariableNames;
  readonly express: boolean;
}

const RESUMED = "Approval.Rejected";

/** Reading nothing would be an error of its own. */
const CAUSE = '{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : "" %}';

/** @param frame what the states of this scope hand on: inside of a map, the frame. */
export function agentLoop(
  step: AgentStep,
  policy: ApprovalPolicy | null,
  around: Surroundings,
  frame: Json,
  { work, names, express }: LoopParts,
): AgentLoop {
  const outcome = names.outcome(step.id);
  const resume = policy ? names.resume(step.id) : undefined;
  const call = work.agent(step, resume, around);
  call.Assign = { [outcome]: "{% $states.result.Payload %}" };
  call.Output = frame;
  call.Retry = retriers(step.retry, behindIn(express, "agent"), undefined);
  call.Next = STATES.next(step.id);

  const done: JsonObject = { Condition: statusIs(outcome, "done") };
  if (resume !== undefined) done.Assign = { [resume]: null };
  const choice: JsonObject = { Type: "Choice", Choices: [done] };
  choice.Default = step.id;
  const states: [string, JsonObject][] = [
    [step.id, call],
    [STATES.next(step.id), choice],
  ];
  const failing: { state: JsonObject; caught: readonly Caught[] }[] = [
    { state: call, caught: catchers(step.catch) },
  ];
  if (policy && resume !== undefined) {
    (choice.Choices as Json[]).push({
      Condition: statusIs(outcome, "awaitingApproval"),
      Next: STATES.approval(step.id),
    });
    choice.Assign = { [resume]: null };
    const approval = work.toolApproval(step, policy, `$${outcome}.evidence`, around);
    const back = (fields: Json): JsonObject => ({
      Assign: { [resume]: fields },
      Output: frame,
      Next: step.id,
    });
    const toolUseId = `{% $${outcome}.toolUseId %}`;
    Object.assign(
      approval,
      back({ status: "approved", toolUseId, approval: "{% $states.result %}" }),
    );
    approval.Retry = retriers([], "approval", undefined);
    approval.Catch = [
      {
        ErrorEquals: [RESUMED],
        ...back({ status: "rejected", toolUseId, cause: CAUSE }),
      },
      ...(policy.onExpiry === "reject"
        ? [{ ErrorEquals: ["States.Timeout"], ...back({ status: "expired", toolUseId }) }]
        : []),
    ];
    states.push([STATES.approval(step.id), approval]);
    failing.push({ state: approval, caught: approvalFailures(step, policy) });
  }
  return { states, done, result: `{% $${outcome}.output %}`, failing, resume };
}

function statusIs(outcome: string, status: string): string {
  return `{% $${outcome}.status = "${status}" %}`;
}

/** What of the question itself the step's `catch` gets: not the answer "no", which the agent gets. */
function approvalFailures(step: AgentStep, policy: ApprovalPolicy): readonly Caught[] {
  const all =
    policy.onExpiry === "reject"
      ? catchers(step.catch).map((caught) => ({
          ...caught,
          matches: caught.matches.filter((name) => name !== "States.Timeout"),
        }))
      : approvalCatchers(step.catch, step.id, policy);
  return all
    .map((caught) => ({ ...caught, matches: caught.matches.filter((name) => name !== RESUMED) }))
    .filter(({ matches }) => matches.length > 0);
}
