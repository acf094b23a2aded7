/**
 * The states of an agent: a call of its function, the choice of what comes of it, and, where it may
 * ask for a person, that question.
 *
 *     ID ──▶ ID.next ──done──▶ (onward)
 *      ▲        │ continue: back to ID
 *      └────────┤ awaitingApproval: ID.approval, its further stages, then back to ID with what was decided
 */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { AgentStep } from "../../manifest/manifest.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { STATES, type VariableNames } from "../names.ts";
import { type ApprovalStates, approvalFailures, approvalStates } from "./approval-stages.ts";
import { behindIn, type Caught, catchers, retriers, without, withoutTimeout } from "./failing.ts";
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
    const said = { evidence: `$${outcome}.evidence`, key: `$${outcome}.toolUseId` };
    const asked = approvalStates(work.toolQuestion(step, policy, said, around), frame);
    (choice.Choices as Json[]).push({
      Condition: statusIs(outcome, "awaitingApproval"),
      Next: asked.entry,
    });
    choice.Assign = { [resume]: null };
    const back = (fields: Json): JsonObject => ({
      Assign: { [resume]: fields },
      Output: frame,
      Next: step.id,
    });
    const toolUseId = `{% $${outcome}.toolUseId %}`;
    const expires = policy.onExpiry === "reject";
    const late = { ErrorEquals: ["States.Timeout"], ...back({ status: "expired", toolUseId }) };
    for (const { state, stage } of asked.stages) {
      Object.assign(
        state,
        back({ status: "approved", toolUseId, approval: "{% $states.result %}" }),
      );
      state.Catch = [
        ...((state.Catch ?? []) as Json[]),
        { ErrorEquals: [RESUMED], ...back({ status: "rejected", toolUseId, cause: CAUSE }) },
        ...(stage.last && expires ? [late] : []),
      ];
    }
    for (const { name, state } of [asked.schedule ?? [], asked.stages].flat()) {
      states.push([name, state]);
    }
    failing.push(...questionFailures(step, policy, asked));
  }
  return { states, done, result: `{% $${outcome}.output %}`, failing, resume };
}

function statusIs(outcome: string, status: string): string {
  return `{% $${outcome}.status = "${status}" %}`;
}

/** What of the question itself the step's `catch` gets: not the answer "no", which the agent gets. */
function questionFailures(
  step: AgentStep,
  policy: ApprovalPolicy,
  asked: ApprovalStates,
): AgentLoop["failing"] {
  return approvalFailures(asked, step.catch, step.id, policy).map(({ state, caught }) => {
    const all = policy.onExpiry === "reject" ? withoutTimeout(catchers(step.catch)) : caught;
    return { state, caught: without(all, (name) => name === RESUMED) };
  });
}
