/** One call of the model: reserved, made, journaled, settled, in this order. */
import { type Amounts, NOTHING } from "../budget/amounts.ts";
import { type ErrorName, isStepError } from "../errors.ts";
import { costOf, inputTokensOf } from "../model/cost.ts";
import type { ModelReply, ModelRequest } from "../model/model.ts";
import { AgentFailure, asFailure } from "./agent-failure.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Turn } from "./agent-state.ts";
import { nextCall } from "./caps.ts";
import type { ModelEntry } from "./journal-entry.ts";
import type { Opening } from "./opening.ts";
import { type Received, receiveReply } from "./receive-reply.ts";
import { completeRequest } from "./request.ts";
import { TimeIsUp, withinTime } from "./within-time.ts";

/** Throws `AgentFailure`, and `Pause` if the function has too little time left. */
export async function takeTurn(run: AgentRun, opening: Opening): Promise<void> {
  const { document, state, world } = run;
  const draft = run.draft(opening.prompt, state);
  const requestBytes = run.texts.bytesRead(draft);
  const next = nextCall({ ...state, activeMs: run.activeMs() }, document, requestBytes);
  if ("cap" in next) throw new AgentFailure(next.cap.error, next.cap.message, true);
  await run.needTime(document.model.timeout);
  const turn = state.turns.length + 1;
  const id = reservationId(run, turn);
  await world.budget.reserve(id, next.reservation);
  const request = completeRequest(draft, document.model, next.maxTokens);
  const digest = run.texts.digestOf(request);
  const recorded = world.recorded?.reply(digest, turn);
  const received = recorded ?? (await receive(run, request, opening, id, next.reservation));
  const entry: ModelEntry = {
    kind: "model",
    at: run.now(),
    turn,
    request: digest,
    requestBytes,
    ...received,
    cost: costOf(received.usage, document.model.prices),
  };
  await run.append(entry);
  const { stopReason, usage, cost, latencyMs, answeredBy } = entry;
  world.logger.info("The model answered", { turn, stopReason, usage, cost, latencyMs, answeredBy });
  await settleTurn(run, entry);
}

/** Counts what a journaled turn has taken; at the next entry again, which then changes nothing. */
export async function settleTurn(run: AgentRun, reply: Turn["reply"]): Promise<void> {
  await run.world.budget.settle(reservationId(run, reply.turn), amountsOf(reply));
}

function amountsOf({ usage, cost }: ModelEntry): Amounts {
  return { cost, inputTokens: inputTokensOf(usage), outputTokens: usage.outputTokens };
}

function reservationId({ key }: AgentRun, turn: number): string {
  return `${key}/${turn}`;
}

async function receive(
  run: AgentRun,
  request: ModelRequest,
  opening: Opening,
  id: string,
  reserved: Amounts,
): Promise<Received> {
  const reply = await converse(run, request, opening, id);
  return reply === "tooLong" ? TOO_LONG : receiveReply(reply, reserved);
}

async function converse(
  run: AgentRun,
  request: ModelRequest,
  { given }: Opening,
  id: string,
): Promise<ModelReply | "tooLong"> {
  const { document, world } = run;
  try {
    return await withinTime(document.model.timeout, run.signal, (signal) =>
      world.model.converse(request, { signal, given, metadata: metadataOf(run) }),
    );
  } catch (error) {
    // A service that finds the request too long says so by an error or by a stop reason: one for the loop.
    if (nameOf(error) === ("Model.ContextExceeded" satisfies ErrorName)) {
      return "tooLong";
    }
    // Otherwise it may be billed all the same: it stays reserved, and the same turn finds it again.
    if (UNBILLED.some((name) => name === nameOf(error))) await world.budget.settle(id, NOTHING);
    throw failureOf(error, run);
  }
}

/** For the service's own logs. */
function metadataOf({ call: { run, step }, document }: AgentRun): { [key: string]: string } {
  return { run: run.id, workflow: run.workflow, step: step.id, agent: document.agent };
}

function failureOf(error: unknown, run: AgentRun): unknown {
  if (run.signal.aborted) return run.signal.reason;
  if (error instanceof TimeIsUp) {
    const seconds = run.document.model.timeout;
    const message = `The model did not answer within its ${seconds} s.`;
    return new AgentFailure("Model.Unavailable", message, false, { cause: error });
  }
  const isFinal = FINAL.some((name) => name === nameOf(error));
  const { name, message } = asFailure(error);
  return new AgentFailure(name, message, isFinal, { cause: error });
}

/** The service has not begun. */
const UNBILLED: readonly ErrorName[] = [
  "Model.Throttled",
  "Model.RequestInvalid",
  "Model.NotRecorded",
];

/** To ask again would get the same answer. */
const FINAL: readonly ErrorName[] = ["Model.Refused", "Guardrail.Blocked"];

const TOO_LONG: Received = {
  content: [],
  stopReason: "model_context_window_exceeded",
  usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 },
  latencyMs: 0,
  answeredBy: null,
  refused: null,
};

function nameOf(error: unknown): string | undefined {
  return isStepError(error) ? error.name : undefined;
}
