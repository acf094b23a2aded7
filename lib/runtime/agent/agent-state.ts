/** Where an agent stands: nothing but its journal, read from the first entry to the last. */
import { digestOfJson } from "../canonical-json.ts";
import type { Json } from "../json.ts";
import { inputTokensOf } from "../model/cost.ts";
import type { AgentSpend } from "./agent-call.ts";
import type {
  AskedEntry,
  DecisionEntry,
  DoneEntry,
  FailedEntry,
  JournalEntry,
  ModelEntry,
  ToolOutcome,
} from "./journal-entry.ts";

/** One tool call that the model has asked for. */
export interface Call {
  /** Ours, `call_TURN_NUMBER`: a model may give one id twice, or any text at all. */
  readonly id: string;
  readonly name: string;
  readonly input: Json;
  /** What makes two calls the same: the tool and its arguments, in whatever order they stand. */
  readonly repetition: string;
  outcome?: ToolOutcome;
  asked?: AskedEntry;
  decision?: DecisionEntry;
}

export interface Turn {
  readonly reply: ModelEntry;
  readonly calls: readonly Call[];
}

export interface AgentState {
  readonly turns: Turn[];
  readonly calls: Map<string, Call>;
  /** Times a tool was asked for with the same arguments, by both. */
  readonly repeated: Map<string, number>;
  /** Milliseconds in which the function was at work. */
  activeMs: number;
  lastAt: number | undefined;
  end: DoneEntry | FailedEntry | undefined;
}

/** Built-in: ends the agent with its artifact. */
export const SUBMIT = "submit";

export function emptyState(): AgentState {
  return {
    turns: [],
    calls: new Map(),
    repeated: new Map(),
    activeMs: 0,
    lastAt: undefined,
    end: undefined,
  };
}

/** Takes the next entry in. */
export function record(state: AgentState, entry: JournalEntry): void {
  const at = Date.parse(entry.at);
  // Between two calls of the function the agent does nothing; whatever clocks differ by, time does not go back.
  if (entry.kind !== "entered" && state.lastAt !== undefined) {
    state.activeMs += Math.max(0, at - state.lastAt);
  }
  state.lastAt = at;
  switch (entry.kind) {
    case "started":
    case "entered":
    case "stopped":
      return;
    case "model":
      recordReply(state, entry);
      return;
    case "tool":
      callOf(state, entry.call).outcome = entry.result;
      return;
    case "asked":
      callOf(state, entry.call).asked = entry;
      return;
    case "decision":
      callOf(state, entry.call).decision = entry;
      return;
    case "done":
    case "failed":
      state.end = entry;
      return;
    default:
      entry satisfies never;
  }
}

function recordReply(state: AgentState, reply: ModelEntry): void {
  const uses = reply.content.flatMap((block) => ("toolUse" in block ? [block.toolUse] : []));
  const calls = uses.map(
    ({ name, input }, index): Call => ({
      id: callId(reply.turn, index),
      name,
      input,
      repetition: digestOfJson([name, input]),
    }),
  );
  state.turns.push({ reply, calls });
  for (const call of calls) {
    state.calls.set(call.id, call);
    state.repeated.set(call.repetition, (state.repeated.get(call.repetition) ?? 0) + 1);
  }
}

/** Allowed as an id of every service: letters, digits and `_`. */
export function callId(turn: number, index: number): string {
  return `call_${turn}_${index + 1}`;
}

function callOf({ calls }: AgentState, id: string): Call {
  const call = calls.get(id);
  if (call) return call;
  throw new TypeError(`The journal speaks of ${id} and holds no such call.`);
}

export function spendOf({ turns }: AgentState, currency: string): AgentSpend {
  const total = { turns: turns.length, inputTokens: 0, outputTokens: 0, cost: 0 };
  let toolCalls = 0;
  for (const { reply, calls } of turns) {
    total.inputTokens += inputTokensOf(reply.usage);
    total.outputTokens += reply.usage.outputTokens;
    total.cost += reply.cost;
    toolCalls += calls.filter(({ name }) => name !== SUBMIT).length;
  }
  return { ...total, currency, toolCalls };
}
