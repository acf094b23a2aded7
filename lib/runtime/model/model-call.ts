/** One turn with a model: reserve, ask, record, settle. */
import { receiveReply } from "../agent/receive-reply.ts";
import { type Amounts, NOTHING } from "../budget/amounts.ts";
import type { Budget } from "../budget/budget.ts";
import { isStepError } from "../errors.ts";
import { converseWithin } from "./converse-within.ts";
import { costOf, inputTokensOf } from "./cost.ts";
import { reservationFor } from "./estimate.ts";
import type { ConverseOptions, ModelDocument, ModelReply, ModelRequest } from "./model.ts";
import type { ModelJournal } from "./model-journal.ts";
import type { ModelCallReport } from "./model-log.ts";
import type { OpenedModel } from "./opened-model.ts";
import { digestOfRequest } from "./request-digest.ts";

export interface ModelCallWorld {
  readonly document: ModelDocument;
  readonly model: OpenedModel;
  readonly journal: ModelJournal;
  readonly budget: Pick<Budget, "reserve" | "settle">;
  /** Idempotency key of the step. */
  readonly key: string;
  readonly options: ConverseOptions;
  readonly report: (report: ModelCallReport) => void;
}

/** After these nothing was generated, and nothing is billed. */
const UNSPENT: ReadonlySet<string> = new Set([
  "Model.Throttled",
  "Model.RequestInvalid",
  "Model.ContextExceeded",
  "Model.NotRecorded",
]);

/**
 * The reply to a turn: recorded, or asked for now and recorded before anything else happens. If it is
 * not known whether a call that failed is billed, its reservation stays; the retry takes it over.
 */
export async function takeTurn(
  turn: number,
  request: ModelRequest,
  { document, model, journal, budget, key, options, report }: ModelCallWorld,
): Promise<ModelReply> {
  const digest = digestOfRequest(request);
  const id = `${key}/${journal.round}.${turn}`;
  const { prices, timeout } = document;
  const recorded = journal.turn(turn);
  let source: ModelCallReport["source"] = "journal";
  let { reply, cost } = recorded ?? {};
  if (reply === undefined || cost === undefined) {
    const reservation = reservationFor(request, prices);
    await budget.reserve(id, reservation);
    const asked = converseWithin(model.model, request, { ...options, seconds: timeout });
    const answered = await asked.catch(async (error: unknown) => {
      if (isStepError(error) && UNSPENT.has(error.name)) await budget.settle(id, NOTHING);
      throw error;
    });
    const received = taken(answered, reservation);
    const written = {
      ...{ request: digest, reply: received, cost: costOf(received.usage, prices) },
      ...{ currency: prices.currency, modelId: model.modelId },
    };
    const standing = await journal.write(turn, written);
    source = standing === written ? "model" : "journal";
    ({ reply, cost } = standing);
  }
  await budget.settle(id, spent(reply, cost));
  const { currency } = prices;
  report({ turn, request: digest, modelId: model.modelId, reply, cost, currency, source });
  return reply;
}

/**
 * Whether what is recorded answers another request than the one that would be made now: settings have
 * changed between two attempts. Then it is settled, and the round closed.
 */
export async function closeIfChanged(
  request: ModelRequest,
  { journal, budget, key }: Pick<ModelCallWorld, "journal" | "budget" | "key">,
): Promise<boolean> {
  const first = journal.turn(0);
  if (first === undefined || first.request === digestOfRequest(request)) return false;
  for (const number of [0, 1]) {
    const turn = journal.turn(number);
    if (turn)
      await budget.settle(`${key}/${journal.round}.${number}`, spent(turn.reply, turn.cost));
  }
  await journal.close("RequestChanged");
  return true;
}

/** What of a reply is trusted, whoever wrote it: the same as in the loop of agents. */
function taken(reply: ModelReply, reservation: Amounts): ModelReply {
  const { content, stopReason, usage, latencyMs, guardrail } = receiveReply(reply, reservation);
  const { answeredBy } = reply;
  return {
    content,
    stopReason,
    usage,
    latencyMs,
    ...(guardrail && { guardrail }),
    answeredBy,
  };
}

function spent({ usage }: ModelReply, cost: number): Amounts {
  return { cost, inputTokens: inputTokensOf(usage), outputTokens: usage.outputTokens };
}
