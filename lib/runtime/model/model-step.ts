/** The `model` step: one question to a model, one contracted answer. */
import type { Budget } from "../budget/budget.ts";
import type { StepCall } from "../call.ts";
import type { Logger, Metrics } from "../context.ts";
import { StepError } from "../errors.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import type { Json, JsonObject } from "../json.ts";
import { problemsText, type SchemaProblem, schemaCheck } from "../json-schema.ts";
import type { Ports } from "../ports.ts";
import { type RenderedPrompt, renderPrompt } from "../prompt/render-prompt.ts";
import { loadStoredValues, storeLargeValues } from "../stored-value.ts";
import { answerCache } from "./answer-cache.ts";
import { checkInput } from "./check-input.ts";
import { clear } from "./clearance.ts";
import type { ModelReply, ModelRequest } from "./model.ts";
import { closeIfChanged, takeTurn } from "./model-call.ts";
import { openModelJournal } from "./model-journal.ts";
import { logModelCall, type ModelCallReport } from "./model-log.ts";
import type { ModelStepDocument } from "./model-step-document.ts";
import type { OpenedModel } from "./opened-model.ts";
import { repairRequest } from "./repair-request.ts";
import { replyError } from "./reply-error.ts";
import { digestOfRequest } from "./request-digest.ts";
import { holdsStoredValue } from "./stored-look-alike.ts";
import { answerIn, structuredRequest, textOf } from "./structured-output.ts";

/** What a model step needs of the world; `openModel` and `openBudget` make the first two. */
export interface ModelStepWorld extends Pick<Ports, "artifacts" | "records" | "clock"> {
  readonly model: OpenedModel;
  readonly budget: Pick<Budget, "reserve" | "settle">;
  /** Aborts when the function's time is up; its reason is what the step then fails with. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told of each answer, also of recorded ones: for traces. */
  readonly observe?: (report: ModelCallReport) => void;
}

/**
 * Checks and clears the input, renders the prompt, asks, checks the answer, and lets the model repair
 * it once. Returns the answer (`{ text }` where there is no contract); over 200 KiB by reference.
 * An invocation that comes again takes the answers that are recorded. Throws `Contract.InputInvalid`,
 * `Model.*`, `Guardrail.Blocked`, `Budget.Exceeded`, or the signal's reason.
 */
export async function runModelStep(
  document: ModelStepDocument,
  call: StepCall,
  world: ModelStepWorld,
): Promise<Json> {
  const { artifacts, logger } = world;
  const given = await loadStoredValues(call.input, artifacts);
  checkInput(given, document.input, call.step.id);
  const cleared = clear(given, document.input, document.model.clearance);
  if (cleared.removed.length > 0) {
    logger.warn("Removed what the model is not cleared for", {
      model: document.model.component,
      clearance: document.model.clearance,
      removed: cleared.removed,
    });
  }
  const prompt = renderPrompt(document.prompt, cleared.value, cleared.removed);
  const request = requestOf(document, prompt, world.model.modelId);
  const answer = await answerTo(request, cleared.value, document, call, world);
  return storeLargeValues(answer, artifacts);
}

/** The first request of a step: nothing in it depends on the run but its inputs. */
function requestOf(
  { model, output, maxTokens }: ModelStepDocument,
  { system, messages }: RenderedPrompt,
  modelId: string,
): ModelRequest {
  const { temperature, topP, guardrail, parameters } = model;
  return {
    modelId,
    system,
    messages,
    inferenceConfig: {
      maxTokens: Math.min(maxTokens, model.maxOutputTokens),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
    },
    ...(output && structuredRequest(output, model.structuredOutput)),
    ...(guardrail && {
      guardrailConfig: {
        guardrailIdentifier: guardrail.id,
        guardrailVersion: guardrail.version,
      },
    }),
    ...(parameters && { additionalModelRequestFields: parameters }),
  };
}

async function answerTo(
  first: ModelRequest,
  given: Json,
  document: ModelStepDocument,
  call: StepCall,
  world: ModelStepWorld,
): Promise<Json> {
  const { run, step } = call;
  const key = idempotencyKeyOf(call);
  const report = (each: ModelCallReport) => {
    logModelCall(each, world);
    world.observe?.(each);
  };
  const read = readerOf(document);
  let journal = await openModelJournal(key, world);
  if (await closeIfChanged(first, { journal, budget: world.budget, key })) {
    journal = await openModelJournal(key, world);
  }
  const cache =
    document.cache === null
      ? undefined
      : answerCache(
          { adapter: world.model.adapter, request: first, seconds: document.cache },
          world,
        );
  // What this step has already been answered is its own answer, whatever the cache holds by now.
  const cached = journal.turn(0) ? undefined : await cache?.read();
  // Its contract is part of the request: what fitted then fits now.
  if (cached) {
    report(cacheReport(first, document, world.model, cached.answeredBy.model));
    return cached.value;
  }
  const turns = {
    ...world,
    document: document.model,
    journal,
    key,
    options: {
      signal: world.signal,
      given,
      metadata: {
        run: run.id,
        workflow: run.workflow,
        step: step.id,
        environment: run.environment,
      },
    },
    report,
  };
  try {
    let reply = await takeTurn(0, first, turns);
    let answer = read(reply);
    if ("problem" in answer) {
      reply = await takeTurn(1, repairRequest(first, reply, answer.problem), turns);
      answer = read(reply);
    }
    if ("problem" in answer) throw outputInvalid(step.id, answer.problem, reply);
    await cache?.write({ value: answer.value, answeredBy: reply.answeredBy });
    return answer.value;
  } catch (error) {
    // The answer itself is at fault: a retry of the state machine asks anew.
    if (error instanceof AnswerError) {
      await journal.close(error.error.name);
      throw error.error;
    }
    throw error;
  }
}

/** Carries an error that a recorded answer amounts to. */
class AnswerError extends Error {
  readonly error: StepError;

  constructor(error: StepError) {
    super(error.message);
    this.error = error;
  }
}

type Read = { readonly value: Json } | { readonly problem: string };

/** Reads an answer from a reply. Throws `AnswerError` for what no repair can mend. */
function readerOf({ output, model }: ModelStepDocument): (reply: ModelReply) => Read {
  const contract = output === null ? undefined : schemaCheck(output);
  const check = (value: Json): readonly SchemaProblem[] => {
    const problems = contract ? contract(value) : [];
    if (problems.length > 0 || !holdsStoredValue(value)) return problems;
    return [{ path: "(all)", message: 'An object of "$stored" and "bytes" is not possible.' }];
  };
  return (reply) => {
    const error = replyError(reply);
    if (error) throw new AnswerError(error);
    const found: Read =
      output === null
        ? { value: { text: textOf(reply.content) } satisfies JsonObject }
        : answerIn(reply, output, model.structuredOutput);
    if ("problem" in found) return found;
    const problems = check(found.value);
    return problems.length === 0 ? found : { problem: problemsText(problems) };
  };
}

function outputInvalid(step: string, problem: string, { answeredBy }: ModelReply): AnswerError {
  return new AnswerError(
    new StepError(
      "Model.OutputInvalid",
      `The answer of step "${step}" does not fit its contract, and neither did the one before it:\n${problem}`,
      { step, ...answeredBy, problems: problem.split("\n") },
    ),
  );
}

function cacheReport(
  request: ModelRequest,
  { model: { prices } }: ModelStepDocument,
  { modelId }: OpenedModel,
  model: string,
): ModelCallReport {
  return {
    turn: 0,
    request: digestOfRequest(request),
    modelId,
    reply: {
      stopReason: "end_turn",
      usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 },
      latencyMs: 0,
      answeredBy: { adapter: "cache", model },
    },
    cost: 0,
    currency: prices.currency,
    source: "cache",
  };
}
