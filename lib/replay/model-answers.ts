/** Answers of models, by the exact request that they were given to. */
import type { StepCall } from "../runtime/call.ts";
import { StepError } from "../runtime/errors.ts";
import type { Json } from "../runtime/json.ts";
import type {
  ConverseOptions,
  ModelDocument,
  ModelReply,
  ModelRequest,
} from "../runtime/model/model.ts";
import type { ModelAnswer } from "../runtime/model/model-journal.ts";
import { runModelStep } from "../runtime/model/model-step.ts";
import type { ModelStepDocument } from "../runtime/model/model-step-document.ts";
import type { OpenedModel } from "../runtime/model/opened-model.ts";
import { digestOfRequest } from "../runtime/model/request-digest.ts";
import type { Artifacts, Records } from "../runtime/ports.ts";
import type { RunJournals } from "../runtime/trace/run-journals.ts";
import type { Baseline } from "./masks.ts";
import type { ReplayObserver } from "./observer.ts";

/** A request that nobody has answered, and that nobody is to be asked. Its message says where. */
export class NeedsLive extends Error {
  override readonly name = "NeedsLive";
}

export class ModelAnswers {
  readonly #answers: readonly { readonly answer: ModelAnswer; readonly place: string }[];
  readonly #taken = new Set<ModelAnswer>();
  readonly #inOrder: Baseline | undefined;

  /** `inOrder`: requests are masked, so that answers are taken in their order; it is told which took which. */
  constructor({ steps }: RunJournals, inOrder?: Baseline) {
    this.#inOrder = inOrder;
    this.#answers = steps.flatMap((journal) =>
      journal.kind === "model"
        ? journal.answers.map((answer) => ({ answer, place: placeOf(journal) }))
        : [],
    );
  }

  /** Whether a model answered this step at all: else a cache did, or nobody. */
  has(step: string, iteration: string): boolean {
    const own = placeOf({ step, iteration });
    return this.#answers.some(({ place }) => place === own);
  }

  /** Who is to be asked so that requests are the same as they were. */
  adapterOf(step: string, iteration: string): OpenedModel["adapter"] | undefined {
    const own = placeOf({ step, iteration });
    const found = this.#answers.find(({ place }) => place === own) ?? this.#answers[0];
    const adapter = found?.answer.reply.answeredBy.adapter;
    return adapter === "cache" ? undefined : adapter;
  }

  /** The answer to this request, that of the same step before any other; each once while there are more. */
  take(digest: string, step: string, iteration: string): ModelReply | undefined {
    const inOrder = this.#inOrder;
    const here = placeOf({ step, iteration });
    const own = this.#answers.filter(({ place }) => place === here);
    const isFree = ({ answer }: { readonly answer: ModelAnswer }) => !this.#taken.has(answer);
    const isEqual = ({ answer }: { readonly answer: ModelAnswer }) => answer.request === digest;
    const choice = own.some(isEqual) ? own : this.#answers;
    const equal = choice.filter(isEqual);
    const found = inOrder ? own.find(isFree) : (equal.find(isFree) ?? equal.at(-1));
    if (!found) return undefined;
    inOrder?.digests.set(found.answer, digest);
    this.#taken.add(found.answer);
    return found.answer.reply;
  }
}

export interface ModelReplay {
  readonly answers: ModelAnswers;
  readonly artifacts: Pick<Artifacts, "open" | "put" | "stat">;
  /** Asked where nothing is recorded; undefined: `NeedsLive`. */
  readonly live?: ((document: ModelDocument) => OpenedModel) | undefined;
  /** Told what an answer that was asked for now has cost, in micro units; may throw before it is. */
  readonly spend: (document: ModelDocument, reply: ModelReply | undefined) => void;
  readonly observer?: ReplayObserver | undefined;
}

/** Asks a model now. Throws `Budget.Exceeded`, and what the model throws. */
export async function askLive(
  document: ModelDocument,
  request: ModelRequest,
  options: ConverseOptions,
  { live, spend }: Pick<ModelReplay, "spend"> & { readonly live: NonNullable<ModelReplay["live"]> },
): Promise<ModelReply> {
  spend(document, undefined);
  const { model, modelId } = live(document);
  const reply = await model.converse({ ...request, modelId }, options);
  spend(document, reply);
  return reply;
}

/**
 * Runs a model step as its function does: the prompt is rendered, the answer checked and repaired, but
 * every turn is answered from the record. Throws what the step throws, and `NeedsLive`.
 */
export async function replayModelStep(
  document: ModelStepDocument,
  call: StepCall,
  now: number,
  { answers, artifacts, live, spend, observer }: ModelReplay,
): Promise<{ readonly output: Json; readonly isLive: boolean }> {
  const { id, iteration } = call.step;
  const adapter = answers.adapterOf(id, iteration) ?? "stand-in";
  let isLive = false;
  let needed: NeedsLive | undefined;
  const told = (reply: ModelReply, isLive: boolean) => {
    observer?.replied({ step: id, iteration, model: document.model, reply, isLive });
    return reply;
  };
  const model: OpenedModel = {
    adapter,
    modelId: modelIdOf(document.model, adapter),
    model: {
      async converse(request, options) {
        const recorded = answers.take(digestOfRequest(request), id, iteration);
        if (recorded) return told(recorded, false);
        if (!live) {
          needed = new NeedsLive("its model is asked something else");
          throw needed;
        }
        isLive = true;
        return told(await askLive(document.model, request, options, { live, spend }), true);
      },
    },
  };
  const output = await runModelStep(document, call, {
    ...{ artifacts, records: NO_RECORDS, clock: { now: () => new Date(now) } },
    model,
    budget: { reserve: async () => undefined, settle: async () => undefined },
    signal: new AbortController().signal,
    logger: SILENT,
    metrics: { add: () => undefined },
  }).catch((error: unknown) => {
    throw needed ?? error;
  });
  return { output, isLive };
}

/** As adapters are asked (`runtime/model/open-model.ts`). */
export function modelIdOf(
  { ids, component, version }: ModelDocument,
  adapter: OpenedModel["adapter"],
): string {
  switch (adapter) {
    case "bedrock":
      return ids.bedrock ?? component;
    case "openai":
      return ids.openai ?? component;
    case "recording":
      return `${component}@${version}`;
    default:
      return "stand-in";
  }
}

/** Nothing was written before, and nothing is kept. */
const NO_RECORDS: Records = {
  get: async () => undefined,
  put: async (item) => ({ ...item, version: 1 }),
  delete: async () => undefined,
  deleteAll: async () => undefined,
  query: async () => ({ items: [] }),
};

const ignore = () => undefined;
export const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export function placeOf({
  step,
  iteration,
}: {
  readonly step: string;
  readonly iteration: string;
}) {
  return `${step}\n${iteration}`;
}

/** Ended by a limit on what live calls may cost. */
export function budgetSpent(limit: number): StepError {
  return new StepError("Budget.Exceeded", `Live calls may cost ${limit / 1e6}; that is spent.`);
}
