/** Rows of the adversary table, and what they are made of. */
import type { AgentOutcome, AgentResume, ToolCall } from "../../../lib/runtime/agent/agent-call.ts";
import type { AgentDocument } from "../../../lib/runtime/agent/agent-document.ts";
import type { AgentFailureCause } from "../../../lib/runtime/agent/agent-failure.ts";
import type { JournalEntry } from "../../../lib/runtime/agent/journal-entry.ts";
import { type ErrorName, StepError } from "../../../lib/runtime/errors.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import type { ContentBlock, ModelReply, ModelRequest } from "../../../lib/runtime/model/model.ts";
import { AGENT, type Answer, type Handler, replyOf, type Script, submit } from "./agent-scene.ts";
import { approvalOf } from "./ten-turns.ts";

export interface Row {
  readonly name: string;
  readonly model: Script | readonly Answer[];
  readonly document?: Partial<AgentDocument>;
  readonly limits?: Partial<AgentDocument["limits"]>;
  readonly tools?: { readonly [tool: string]: Handler };
  readonly input?: Json;
  /** Decisions that people make, one after the other, or that are made up. */
  readonly decisions?: readonly ((asked: string) => AgentResume)[];
  /** How it ends: with this artifact, this error, or while it waits for a person. */
  readonly ends: { readonly artifact: Json } | { readonly error: ErrorName } | "asking";
  /** Functions of tools that were called, by name; default: not looked at. */
  readonly called?: readonly string[];
  readonly also?: (seen: Seen) => void;
}

export interface Seen {
  readonly outcome: AgentOutcome | undefined;
  readonly error: StepError | undefined;
  readonly requests: readonly ModelRequest[];
  readonly calls: readonly ToolCall[];
  readonly entries: readonly JournalEntry[];
}

export const good = submit({ verdict: "good" });
export const GOOD = { artifact: { verdict: "good" } } as const;
export const looks = (...ats: readonly string[]): Answer => ({
  calls: ats.map((at) => ["look", { at }]),
});
export const each =
  (script: (turn: number) => Answer): Script =>
  (_request, turn) =>
    script(turn);
export const nested = (depth: number): Json => {
  let value: Json = "core";
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
};
export const own = (text: string): Json => JSON.parse(text) as Json;
export const use = (name: string, input: Json, toolUseId = "m1"): ContentBlock => ({
  toolUse: { toolUseId, name, input },
});
export const raw = (reply: { readonly [field in keyof ModelReply]?: unknown }): Answer =>
  reply as Partial<ModelReply>;
export const usage = (count: unknown): Answer =>
  raw({ ...replyOf(looks("a")), usage: { inputTokens: count, outputTokens: count } });
export const textModel = { ...AGENT.model, structuredOutput: "textFormat" } as const;

/** What the model was told in answer to its nth turn, as text. */
export const told = ({ requests }: Seen, turn: number): string => {
  const { messages = [] } = requests[turn] ?? {};
  return JSON.stringify(messages.at(-1)?.content);
};

export const approved = (toolUseId: string, edited?: Json): AgentResume => {
  const resume = approvalOf(toolUseId);
  if (resume.status !== "approved" || edited === undefined) return resume;
  return { ...resume, approval: { ...resume.approval, edited } };
};
export const rejected = (toolUseId: string): AgentResume => ({
  status: "rejected",
  toolUseId,
  cause: JSON.stringify({ approval: "a-1", by: "ann@example.com", reason: "Too early." }),
});
export const publish = (text = "hello"): Answer => ({ calls: [["publish", { text }]] });

export function cycle(): unknown {
  const list: unknown[] = [];
  list.push({ text: list });
  return list;
}

export function fail(name: string, message: string): never {
  throw new StepError(name, message);
}

export function causeOf(error: StepError | undefined): AgentFailureCause {
  return JSON.parse(error?.message ?? "null") as AgentFailureCause;
}
