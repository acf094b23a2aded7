/** What a replay needs of a recorded run, and nothing else of it. */
import type { Plan } from "../../compiler/plan.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { type RecordedCall, recordedCalls } from "../../runtime/recorded-calls.ts";
import type { RecordedRun } from "../recorded-run.ts";
import { isObject } from "../request-of.ts";
import { stepAnswers } from "./step-answers.ts";
import type { World, WorldCall } from "./world.ts";

/** `plan`: of the run's own bundle; undefined: every answer is kept, as nobody knows which runs again. */
export function worldOf(recorded: RecordedRun, plan: Plan | undefined): World {
  const { run, events, journals, input, redrives } = recorded;
  const startedAt = events[0]?.timestamp ?? run.startedAt;
  const calls = recordedCalls(events);
  const answered = calls.filter(({ answer }) => answer !== undefined);
  const order = new Map(
    [...answered]
      .sort((a, b) => (a.answer?.event ?? 0) - (b.answer?.event ?? 0))
      .map((call, rank) => [call, rank]),
  );
  const given = isObject(input) ? input : {};
  return {
    format: 1,
    run: {
      ...{ id: run.id, environment: run.environment, customer: run.customer },
      ...{ principal: run.principal, startedAt, status: run.status, redrives },
      error: run.error?.name ?? null,
    },
    config: isObject(given.config) ? given.config : {},
    masked: JSON.stringify([input, journals]).includes("[masked:"),
    calls: calls.map((call) => worldCall(call, Date.parse(startedAt), order.get(call), plan)),
    journals: [...journals.steps],
  };
}

function worldCall(
  { state, iteration, request, askedAt, answer }: RecordedCall,
  start: number,
  order: number | undefined,
  plan: Plan | undefined,
): WorldCall {
  const asked = askedAt - start;
  const made = { state, ...(iteration !== "" && { iteration }), asked };
  const timed = answer && { answered: answer.at - start, ...(order !== undefined && { order }) };
  const isFailure = answer && "error" in answer;
  // A failure of the world is given again only to the same request.
  if (plan && !isFailure && stepAnswers(stepOf(request, state), plan) === "runs") {
    return { ...made, ...timed };
  }
  const asks = { request: minimalRequest(request) };
  if (!answer) return { ...made, ...asks };
  if (!isFailure) return { ...made, ...timed, ...asks, output: answer.output };
  const { error, cause } = answer;
  return { ...made, ...timed, ...asks, error, ...(cause !== undefined && { cause }) };
}

/** What belongs to the place where it ran, or to one attempt, is compared by nobody. */
function minimalRequest({
  FunctionName: _,
  StateMachineArn: __,
  Name: ___,
  ...request
}: JsonObject): JsonObject {
  const { Payload: payload } = request;
  if (!isObject(payload)) return request;
  const { run: ____, token: _____, ...rest } = payload;
  return { ...request, Payload: rest };
}

function stepOf({ Payload: payload }: JsonObject, state: string): string {
  return isObject(payload) && isObject(payload.step) ? String(payload.step.id) : state;
}
