/**
 * What of an agent's past its model is shown: everything, until that is too much. Then results of
 * tools are replaced by references, oldest turn first, in one turn the largest first, until a quarter
 * of the context is free: so it happens now and then and not at each turn, and the beginning of the
 * messages stays the same in between, as caches of prompts want it. The last turn's results stay.
 * The journal keeps all, and `read_result` reads it back.
 */
import type { Json, JsonObject } from "../json.ts";
import type { ContentBlock, Message, ToolUse } from "../model/model.ts";
import type { AgentDocument } from "./agent-document.ts";
import type { AgentState, Call, Turn } from "./agent-state.ts";
import { READ_RESULT } from "./offered-tools.ts";
import type { ReadTurn } from "./read-turn.ts";
import { jsonBytes, partOf, resultText } from "./result-text.ts";

/** What stays once results were elided. */
const FREED_SHARE = 0.75;
/** A reference has about so many bytes: nothing is won by eliding less. */
const SMALLEST_ELIDED = 400;
/** Arguments of refused calls beyond this are not sent back. */
const MAX_ARGUMENT_BYTES = 64 * 1024;
const MAX_MESSAGE = 4000;

/** The messages of the next request: the opening, then each turn with what came of it. */
export function messagesOf(
  opening: readonly Message[],
  state: AgentState,
  document: AgentDocument,
  readTurn: ReadTurn,
): readonly Message[] {
  const elided = elidedCalls(opening, state, document, readTurn);
  const messages: Message[] = [];
  for (const message of opening) add(messages, message);
  for (const turn of state.turns) {
    add(messages, { role: "assistant", content: saidIn(turn) });
    add(messages, { role: "user", content: answersTo(turn, document, readTurn, elided) });
  }
  return messages;
}

/** Roles alternate, and no message is empty: services insist on both. */
function add(messages: Message[], message: Message): void {
  if (message.content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role !== message.role) messages.push(message);
  else messages[messages.length - 1] = { ...last, content: [...last.content, ...message.content] };
}

/** The model's own words, its calls under our ids. */
function saidIn({ reply, calls }: Turn): ContentBlock[] {
  let index = 0;
  return reply.content.map((block) => {
    if (!("toolUse" in block)) return block;
    const call = calls[index++];
    return call ? { toolUse: sentBack(call) } : block;
  });
}

function sentBack({ id, name, input }: Call): ToolUse {
  const isSendable =
    typeof input === "object" &&
    input !== null &&
    !Array.isArray(input) &&
    jsonBytes(input) <= MAX_ARGUMENT_BYTES;
  return {
    toolUseId: id,
    // A name of other characters would have the whole request refused; the result quotes it.
    name: /^[\w-]{1,64}$/.test(name) ? name : "unknown_tool",
    input: isSendable ? input : {},
  };
}

function answersTo(
  turn: Turn,
  document: AgentDocument,
  readTurn: ReadTurn,
  elided: ReadonlySet<string>,
): ContentBlock[] {
  const results = turn.calls.map((call): ContentBlock => {
    const json = elided.has(call.id) ? reference(call) : shown(call, document);
    const status = call.outcome?.status ?? "error";
    return { toolResult: { toolUseId: call.id, status, content: [{ json }] } };
  });
  const reading = readTurn(turn);
  return reading.kind === "repair" ? [...results, { text: reading.text }] : results;
}

/** A result is a member of an object of ours, as JSON: no text in it can end it, or begin a role. */
function shown({ id, outcome }: Call, { context }: AgentDocument): JsonObject {
  if (!outcome) return { error: "Step.InProgress", message: "Nothing has come of this call yet." };
  if (outcome.status === "error") {
    return { error: outcome.error, message: partOf(outcome.message, 0, MAX_MESSAGE).text };
  }
  if (jsonBytes(outcome.value) <= context.resultBytes) return { result: outcome.value };
  const { text, to, of } = partOf(resultText(outcome.value), 0, context.resultBytes);
  return { cut: text, next: to, of, reference: id, how: READ_ON };
}

const READ_ON = `Read on with ${READ_RESULT}: { reference, from: next }.`;

function reference({ id, outcome }: Call): JsonObject {
  const of = outcome?.status === "success" ? resultText(outcome.value).length : 0;
  return { elided: true, of, reference: id, how: `Read it again with ${READ_RESULT}.` };
}

/** Goes through the past as it was: what was elided for an earlier request stays so. */
function elidedCalls(
  opening: readonly Message[],
  { turns }: AgentState,
  document: AgentDocument,
  readTurn: ReadTurn,
): ReadonlySet<string> {
  const elided = new Set<string>();
  const candidates: { readonly turn: number; readonly id: string; readonly saves: number }[] = [];
  let total = jsonBytes(opening as unknown as Json);
  for (const [turn, each] of turns.entries()) {
    total += jsonBytes(saidIn(each) as unknown as Json);
    total += jsonBytes(answersTo(each, document, readTurn, elided) as unknown as Json);
    for (const call of each.calls) {
      const bytes = jsonBytes(shown(call, document));
      if (call.outcome?.status !== "success" || bytes < SMALLEST_ELIDED) continue;
      candidates.push({ turn, id: call.id, saves: bytes - jsonBytes(reference(call)) });
    }
    const isForced = readTurn(each).kind === "elide";
    if (!isForced && total <= document.context.bytes) continue;
    const goal = isForced ? 0 : document.context.bytes * FREED_SHARE;
    // The last results are what the model works on; after a refusal of the service, they go too.
    const lastKept = isForced ? turn + 1 : turn;
    for (const { id, saves } of candidates
      .filter((candidate) => candidate.turn < lastKept && !elided.has(candidate.id))
      .sort((a, b) => a.turn - b.turn || b.saves - a.saves)) {
      if (total <= goal) break;
      elided.add(id);
      total -= saves;
    }
  }
  return elided;
}
