/** The caps of one agent: what it has spent, and what its next call may take at most. */
import type { Amounts } from "../budget/amounts.ts";
import { costText } from "../budget/budget-exceeded.ts";
import type { ErrorName } from "../errors.ts";
import { costOf, inputTokensOf } from "../model/cost.ts";
import type { AgentDocument } from "./agent-document.ts";
import { type AgentState, SUBMIT, spendOf, type Turn } from "./agent-state.ts";
import type { ReadTurn } from "./read-turn.ts";

export interface Cap {
  readonly error: ErrorName;
  readonly message: string;
}

/** A reply with fewer tokens cannot hold a tool call. */
const SMALLEST_REPLY = 64;

/**
 * Bytes of a request for each of its tokens, at least: 4 in English, 3 in code, 2 in Chinese or
 * base64 text. After the first call only what was added is guessed; the rest has been counted.
 */
const BYTES_PER_TOKEN = 2;
/** What services put around tools on their own, and around messages. */
const FIRST_OVERHEAD = 1024;
const TURN_OVERHEAD = 128;
const ELIDED_MARGIN = 1.5;

export type NextCall =
  | { readonly cap: Cap }
  | { readonly maxTokens: number; readonly reservation: Amounts };

/** Whether there is another call, and what it may take. */
export function nextCall(state: AgentState, document: AgentDocument, bytes: number): NextCall {
  const { limits, model } = document;
  const { currency } = model.prices;
  const spend = spendOf(state, currency);
  const capped = turnCap(state, document) ?? timeCap(state.activeMs, document);
  if (capped) return { cap: capped };
  const inputTokens = largestInput(state, bytes);
  if (spend.inputTokens + inputTokens > limits.inputTokens) {
    return {
      cap: {
        error: "Agent.TokenLimit",
        message:
          `${spend.inputTokens} of ${limits.inputTokens} input tokens are spent, and the next call ` +
          `may take ${inputTokens}.`,
      },
    };
  }
  const outputLeft = limits.outputTokens - spend.outputTokens;
  if (outputLeft < SMALLEST_REPLY) {
    return {
      cap: {
        error: "Agent.TokenLimit",
        message: `${spend.outputTokens} of ${limits.outputTokens} output tokens are spent.`,
      },
    };
  }
  const affordable = affordableOutput(limits.cost - spend.cost, inputTokens, document);
  if (affordable < SMALLEST_REPLY) {
    return {
      cap: {
        error: "Agent.CostLimit",
        message:
          `${costText(spend.cost, currency)} of ${costText(limits.cost, currency)} are spent; the ` +
          `rest does not pay for a call with ${inputTokens} input tokens.`,
      },
    };
  }
  const maxTokens = Math.min(model.maxOutputTokens, outputLeft, affordable);
  const cost = costOf(dearest(inputTokens, maxTokens), pricesAtMost(document));
  return { maxTokens, reservation: { cost, inputTokens, outputTokens: maxTokens } };
}

function turnCap({ turns }: AgentState, { limits }: AgentDocument): Cap | undefined {
  if (turns.length < limits.turns) return undefined;
  const message = `${limits.turns} turns are used up, and the agent has not finished.`;
  return { error: "Agent.TurnLimit", message };
}

/** `activeMs`: at work, waiting for people and between calls of the function not counted. */
export function timeCap(activeMs: number, { limits }: AgentDocument): Cap | undefined {
  if (activeMs < limits.time * 1000) return undefined;
  const message = `The agent was at work for ${Math.round(activeMs / 1000)} of ${limits.time} s.`;
  return { error: "Agent.TimeLimit", message };
}

/** What a turn's calls break, before any of them is made. */
export function callsCap(state: AgentState, turn: Turn, document: AgentDocument): Cap | undefined {
  const { limits, model } = document;
  const { toolCalls } = spendOf(state, model.prices.currency);
  // One to submit is free; a thousand are not.
  if (toolCalls > limits.toolCalls || turn.calls.length > limits.toolCalls + 1) {
    return {
      error: "Agent.ToolCallLimit",
      message:
        `The model asked for ${turn.calls.length} calls in turn ${turn.reply.turn}, ${toolCalls} in all; ` +
        `${limits.toolCalls} are allowed. None of this turn was made.`,
    };
  }
  for (const call of turn.calls) {
    const times = state.repeated.get(call.repetition) ?? 0;
    if (times <= limits.repeatedCalls) continue;
    return {
      error: "Agent.RepeatedCall",
      message:
        `The model asked ${times} times for ${JSON.stringify(call.name.slice(0, 80))} with the same ` +
        `arguments; ${limits.repeatedCalls} are allowed. None of turn ${turn.reply.turn} was made.`,
    };
  }
  return undefined;
}

/** Errors of tools, and replies that could not be taken: too many of both together. */
export function errorsCap(
  { turns }: AgentState,
  { limits }: AgentDocument,
  readTurn: ReadTurn,
): Cap | undefined {
  const errors = turns.flatMap((turn) => errorsOf(turn, readTurn));
  const last = errors.at(-1);
  if (!last || errors.length <= limits.toolErrors) return undefined;
  const message = `${errors.length} errors, and ${limits.toolErrors} are allowed. The last one: ${last.message}`;
  return { error: last.error, message };
}

/** Failures of the model's own answer have their name; all others are those of tools. */
function errorsOf(turn: Turn, readTurn: ReadTurn): Cap[] {
  const errors = turn.calls.flatMap(({ name, outcome, decision }): Cap[] => {
    // A person's no is an answer like any other. Names of errors prove nothing: tools choose theirs.
    const isRefusedByPerson = decision !== undefined && decision.verdict !== "approved";
    if (outcome?.status !== "error" || isRefusedByPerson) return [];
    const error = name === SUBMIT ? "Contract.OutputInvalid" : "Agent.ToolErrorLimit";
    return [{ error, message: outcome.message }];
  });
  const reading = readTurn(turn);
  if (reading.kind === "repair") errors.push({ error: reading.error, message: reading.text });
  return errors;
}

/** Input tokens that a request may have at most. */
function largestInput({ turns }: AgentState, bytes: number): number {
  const last = turns.findLast(({ reply }) => inputTokensOf(reply.usage) > 0)?.reply;
  if (!last) return Math.ceil(bytes / BYTES_PER_TOKEN) + FIRST_OVERHEAD;
  const counted = inputTokensOf(last.usage);
  const added = bytes - last.requestBytes;
  if (added >= 0) return counted + Math.ceil(added / BYTES_PER_TOKEN) + TURN_OVERHEAD;
  // Results were elided; what is left may have more tokens a byte than they had.
  const share = Math.min(1, (bytes / last.requestBytes) * ELIDED_MARGIN);
  return Math.ceil(counted * share) + TURN_OVERHEAD;
}

/** Output tokens that the money left pays for. */
function affordableOutput(left: number, inputTokens: number, document: AgentDocument): number {
  const prices = pricesAtMost(document);
  const rest = left - costOf(dearest(inputTokens, 0), prices);
  if (rest < 0) return 0;
  return prices.output === 0 ? Number.MAX_SAFE_INTEGER : Math.floor((rest * 1e6) / prices.output);
}

function dearest(inputTokens: number, outputTokens: number) {
  return { inputTokens, outputTokens, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 };
}

/** Nothing is read from the cache, and all of it may be written to it. */
function pricesAtMost({ model: { prices } }: AgentDocument) {
  return { ...prices, input: Math.max(prices.input, prices.cacheWrite) };
}
