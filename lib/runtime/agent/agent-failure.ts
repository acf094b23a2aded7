/** How an agent fails: under a stable name, and with what it has got so far. */
import { type ErrorName, isStepError, StepError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Ports } from "../ports.ts";
import { storeLargeValues } from "../stored-value.ts";
import type { AgentSpend } from "./agent-call.ts";
import type { AgentDocument } from "./agent-document.ts";
import { type AgentState, SUBMIT, spendOf } from "./agent-state.ts";
import { artifactIn } from "./offered-tools.ts";
import { partOf } from "./result-text.ts";

/** Ends the loop. */
export class AgentFailure extends Error {
  override readonly name: ErrorName | (string & {});
  /**
   * True: the agent has ended, and fails in the same way however often it is called again. False: a
   * retry or a redrive goes on where it stopped.
   */
  readonly isFinal: boolean;

  constructor(
    name: ErrorName | (string & {}),
    message: string,
    isFinal: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = name;
    this.isFinal = isFinal;
  }
}

/** What a `catch` finds as the error's message, as JSON, less than 32 KB. */
export interface AgentFailureCause {
  readonly reason: string;
  readonly agent: string;
  readonly spend: AgentSpend;
  /** What was last submitted, valid or not; null if nothing was. Large values by reference. */
  readonly partial: Json;
  /** What the model wrote last, cut. */
  readonly lastText: string | null;
}

/** Together, with every character escaped, below the 32 KiB that a cause of Step Functions may have. */
const MAX_REASON = 8 * 1024;
const MAX_TEXT = 4 * 1024;
const MAX_PARTIAL = 12 * 1024;

/** What was last submitted, as it fits into an error. */
export async function partialOf(
  state: AgentState,
  document: AgentDocument,
  artifacts: Pick<Ports["artifacts"], "put">,
): Promise<Json> {
  const submitted = state.turns
    .flatMap(({ calls }) => calls)
    .findLast(({ name, input }) => name === SUBMIT && artifactIn(input, document) !== undefined);
  if (!submitted) return null;
  return storeLargeValues(artifactIn(submitted.input, document) ?? null, artifacts, MAX_PARTIAL);
}

/** The error that Step Functions sees. */
export function failureError(
  name: string,
  message: string,
  partial: Json,
  state: AgentState,
  document: AgentDocument,
  cause?: unknown,
): StepError {
  const found: AgentFailureCause = {
    reason: partOf(message, 0, MAX_REASON).text,
    agent: document.agent,
    spend: spendOf(state, document.model.prices.currency),
    partial,
    lastText: lastText(state),
  };
  return new StepError(name, JSON.stringify(found), found, cause === undefined ? {} : { cause });
}

function lastText({ turns }: AgentState): string | null {
  const texts = turns
    .flatMap(({ reply }) => reply.content)
    .flatMap((block) => ("text" in block ? [block.text] : []));
  const last = texts.at(-1);
  return last === undefined ? null : partOf(last, 0, MAX_TEXT).text;
}

/** What was thrown inside of the loop, as a failure that passes unless it says otherwise. */
export function asFailure(thrown: unknown): AgentFailure {
  if (thrown instanceof AgentFailure) return thrown;
  if (isStepError(thrown))
    return new AgentFailure(thrown.name, thrown.message, false, { cause: thrown });
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new AgentFailure("Step.Failed", text, false, { cause: thrown });
}
