/**
 * What of an agent's past its model is shown: everything, until that is too much. Then results of
 * tools are replaced by references, oldest turn first, in one turn the largest first, until a quarter
 * of the context is free: so it happens now and then and not at each turn, and the beginning of the
 * messages stays the same in between, as caches of prompts want it. The last turn's results stay.
 * The journal keeps all, and `read_result` reads it back.
 */
import type { JsonObject } from "../json.ts";
import type { ContentBlock, Message, ToolUse } from "../model/model.ts";
import type { RequestTexts } from "../model/request-text.ts";
import type { AgentDocument } from "./agent-document.ts";
import type { AgentState, Call, Turn } from "./agent-state.ts";
import { READ_RESULT } from "./offered-tools.ts";
import type { Reading, ReadTurn } from "./read-turn.ts";
import { jsonBytes, partOf, resultText } from "./result-text.ts";

/** What stays once results were elided. */
const FREED_SHARE = 0.75;
/** A reference has about so many bytes: nothing is won by eliding less. */
const SMALLEST_ELIDED = 400;
/** Arguments of refused calls beyond this are not sent back. */
const MAX_ARGUMENT_BYTES = 64 * 1024;
const MAX_MESSAGE = 4000;

/** The messages of the next request: the opening, then each turn with what came of it. */
export type Context = (opening: readonly Message[], state: AgentState) => readonly Message[];

/** Renders each turn once: all but the last one are as they were at the request before. */
export function contextOf(
  document: AgentDocument,
  readTurn: ReadTurn,
  texts: Pick<RequestTexts, "bytesOf">,
): Context {
  const known = new WeakMap<Turn, RenderedTurn>();
  const rendered = (turn: Turn): RenderedTurn => {
    const made = known.get(turn) ?? renderTurn(turn, document, readTurn(turn), texts);
    known.set(turn, made);
    return made;
  };
  return (opening, { turns }) => {
    const past = turns.map(rendered);
    const elided = elidedCalls(texts.bytesOf(opening), past, document);
    const messages: Message[] = [];
    for (const message of opening) add(messages, message);
    for (const { said, answers } of past) {
      add(messages, { role: "assistant", content: said });
      const content = answers.map(({ block, short }) =>
        short && elided.has(short) ? short.block : block,
      );
      add(messages, { role: "user", content });
    }
    return messages;
  };
}

interface RenderedTurn {
  /** The model's own words, its calls under our ids. */
  readonly said: readonly ContentBlock[];
  readonly answers: readonly Answer[];
  /** As JSON, nothing elided. */
  readonly bytes: number;
  readonly isForced: boolean;
}

interface Answer {
  readonly block: ContentBlock;
  /** What can stand in its place. */
  readonly short: Reference | undefined;
}

interface Reference {
  readonly block: ContentBlock;
  readonly saves: number;
}

/** Roles alternate, and no message is empty: services insist on both. */
function add(messages: Message[], message: Message): void {
  if (message.content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role !== message.role) messages.push(message);
  else messages[messages.length - 1] = { ...last, content: [...last.content, ...message.content] };
}

function renderTurn(
  turn: Turn,
  document: AgentDocument,
  reading: Reading,
  { bytesOf }: Pick<RequestTexts, "bytesOf">,
): RenderedTurn {
  let index = 0;
  const said = turn.reply.content.map((block): ContentBlock => {
    if (!("toolUse" in block)) return block;
    const call = turn.calls[index++];
    return call ? { toolUse: sentBack(call) } : block;
  });
  const answers = turn.calls.map((call) => answerTo(call, document));
  if (reading.kind === "repair") answers.push({ block: { text: reading.text }, short: undefined });
  const lists = [said, answers.map(({ block }) => block)];
  // With the comma or bracket behind each: within a few bytes what they have as JSON.
  const bytes = lists.flat().reduce((sum, block) => sum + bytesOf(block) + 1, 0);
  return { said, answers, bytes, isForced: reading.kind === "elide" };
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

function answerTo(call: Call, document: AgentDocument): Answer {
  const { id, outcome } = call;
  const status = outcome?.status ?? "error";
  const blockOf = (json: JsonObject): ContentBlock => ({
    toolResult: { toolUseId: id, status, content: [{ json }] },
  });
  const whole = shown(call, document);
  const bytes = jsonBytes(whole);
  if (status === "error" || bytes < SMALLEST_ELIDED)
    return { block: blockOf(whole), short: undefined };
  const short = reference(call);
  const saves = bytes - jsonBytes(short);
  return { block: blockOf(whole), short: { block: blockOf(short), saves } };
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
  openingBytes: number,
  past: readonly RenderedTurn[],
  document: AgentDocument,
): ReadonlySet<Reference> {
  const elided = new Set<Reference>();
  let total = openingBytes;
  for (const [now, { bytes, isForced }] of past.entries()) {
    total += bytes;
    if (!isForced && total <= document.context.bytes) continue;
    const goal = isForced ? 0 : document.context.bytes * FREED_SHARE;
    // The last results are what the model works on; after a refusal of the service, they go too.
    for (const each of candidates(past.slice(0, isForced ? now + 1 : now))) {
      if (total <= goal) break;
      if (elided.has(each)) continue;
      elided.add(each);
      total -= each.saves;
    }
  }
  return elided;
}

function candidates(turns: readonly RenderedTurn[]): Reference[] {
  return turns.flatMap(({ answers }) =>
    answers.flatMap(({ short }) => short ?? []).sort((a, b) => b.saves - a.saves),
  );
}
