/** What a scenario answers by hand, in the shapes in which the world would have answered. */
import type { Plan } from "../../compiler/plan.ts";
import { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { GivenAnswer } from "../../manifest/scenario/scenario-file.ts";
import { type ApprovalResult, RULE } from "../../runtime/approval/approval.ts";
import { scheduleStages } from "../../runtime/approval/schedule-stages.ts";
import type { Json } from "../../runtime/json.ts";
import type { Answer, MadeCall } from "../perform-run.ts";
import { APPROVALS } from "../replay-definition.ts";
import { isObject } from "../request-of.ts";

/** `approval` of decisions that nobody has recorded. */
const NO_APPROVAL = "scenario";

export class GivenAnswers {
  readonly #answers: readonly GivenAnswer[];
  readonly #kinds: ReadonlyMap<string, string>;
  readonly #taken = new Map<string, number>();

  constructor(answers: readonly GivenAnswer[], { steps }: Pick<Plan, "steps">) {
    this.#answers = answers;
    this.#kinds = new Map(steps.map(({ id, kind }) => [id, kind]));
  }

  /** Undefined where the scenario says nothing: the step runs, or what was recorded stands. */
  answer(call: MadeCall): Answer | undefined {
    const { request, state, recorded } = call;
    const payload = isObject(request.Payload) ? request.Payload : {};
    const step = isObject(payload.step) ? String(payload.step.id) : state;
    if (request.FunctionName === APPROVALS) return this.#decision(step, payload, call);
    const given = this.#next(step, call.iteration);
    if (given === undefined) {
      const isEvent = this.#kinds.get(step) === "emit";
      return isEvent && !recorded ? TAKEN : undefined;
    }
    if (given.error) return failure(given.error);
    const output = given.output ?? null;
    switch (this.#kinds.get(step)) {
      case "agent":
        return invoked({ status: "done", output });
      case "workflow":
        return { output: { Output: output, Status: "SUCCEEDED" } };
      default:
        return invoked(output);
    }
  }

  #decision(
    step: string,
    payload: { readonly [name: string]: Json },
    { recorded, iteration, now }: MadeCall,
  ): Answer | undefined {
    // An agent's question about a tool, of which a scenario knows only what was recorded.
    if (typeof payload.key === "string" && payload.key !== "") return undefined;
    const at = new Date(now);
    // It is computed and asks nobody: a recorded one may be of another version of the kit.
    if (payload.operation === "schedule") {
      const schedule = scheduleStages(ApprovalPolicy.parse(payload.policy), at);
      return invoked(JSON.parse(JSON.stringify(schedule)) as Json);
    }
    const isGiven = this.#answers.some((each) => isAt(each, step, iteration));
    if (recorded?.answer && !isGiven) return undefined;
    if (payload.required === false) {
      return approved({ by: RULE, at: at.toISOString(), reason: null, category: null });
    }
    const given = this.#next(step, iteration);
    if (given?.error) {
      // Nobody has decided until the end of every stage that has one.
      const isLate = given.error.name === "Approval.Expired";
      if (!isLate) return failure(given.error);
      return payload.seconds === null
        ? undefined
        : failure({ name: "States.Timeout", message: "" });
    }
    if (!given?.decision) return undefined;
    const { verdict, edited, ...more } = given.decision;
    const decision = { ...more, at: at.toISOString() };
    if (verdict === "approved")
      return approved({ ...decision, ...(edited !== undefined && { edited }) });
    const cause = JSON.stringify({ approval: NO_APPROVAL, ...decision });
    return { error: "Approval.Rejected", cause };
  }

  /** One after the other for the same place; the last as often as it is asked. */
  #next(step: string, iteration: string): GivenAnswer | undefined {
    const here = this.#answers.filter((each) => isAt(each, step, iteration));
    const exact = here.filter((each) => each.iteration !== undefined);
    const choice = exact.length > 0 ? exact : here;
    const key = `${step}\n${iteration}`;
    const taken = this.#taken.get(key) ?? 0;
    this.#taken.set(key, taken + 1);
    return choice[Math.min(taken, choice.length - 1)];
  }
}

const TAKEN: Answer = { output: { FailedEntryCount: 0, Entries: [{ EventId: "scenario" }] } };

function isAt(given: GivenAnswer, step: string, iteration: string): boolean {
  return given.step === step && (given.iteration ?? iteration) === iteration;
}

function invoked(value: Json): Answer {
  return { output: { ExecutedVersion: "$LATEST", Payload: value, StatusCode: 200 } };
}

function approved(decision: Omit<ApprovalResult, "approval" | "verdict">): Answer {
  return { output: { approval: NO_APPROVAL, verdict: "approved", ...decision } as Json };
}

/** Lambda reports errors as JSON; Step Functions' own are plain text. */
function failure({ name, message }: { readonly name: string; readonly message: string }): Answer {
  const isOwn = name.startsWith("States.");
  const cause = isOwn
    ? message
    : JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
  return { error: name, cause };
}
