/** Calls of models and tools as spans, from the journals that tell of them. */
import { callId, SUBMIT } from "../agent/agent-state.ts";
import type { JournalEntry, ModelEntry, ToolEntry } from "../agent/journal-entry.ts";
import { digestOfJson } from "../canonical-json.ts";
import type { Json } from "../json.ts";
import type { ModelReply } from "../model/model.ts";
import { modelAttributes } from "../model/model-log.ts";
import { answerContent, toolContent } from "./content-attributes.ts";
import type { AgentJournal, ModelStepJournal } from "./run-journals.ts";
import { type Span, spanIdOf } from "./span.ts";

export interface SpanPlace {
  readonly trace: string;
  /** Of the parent, within the trace. */
  readonly path: string;
  readonly parent: Span;
  /** Whether spans show what was said. */
  readonly content: boolean;
}

/** A span a turn, and a span a tool call. A tool's call begins when it is known that it may be made. */
export function agentSpans({ entries }: AgentJournal, place: SpanPlace): Span[] {
  const started = entries.find((entry) => entry.kind === "started");
  const model = { modelId: started?.modelId, currency: started?.currency ?? "" };
  const since = new Map<string, number>();
  const asked = new Map<string, Json>();
  return entries.flatMap((entry): Span[] => {
    switch (entry.kind) {
      case "model":
        for (const [call, input] of callsIn(entry)) {
          since.set(call, Date.parse(entry.at));
          asked.set(call, input);
        }
        return [turnSpan(entry, model, place)];
      case "decision":
        since.set(entry.call, Date.parse(entry.at));
        if (entry.override !== undefined) asked.set(entry.call, entry.override);
        return [];
      case "tool":
        if (entry.tool === SUBMIT) return [];
        return [
          toolSpan(entry, { start: since.get(entry.call), input: asked.get(entry.call) }, place),
        ];
      default:
        return [];
    }
  });
}

/** One for each answer: also of attempts whose answer was not taken. */
export function modelSpans({ answers }: ModelStepJournal, place: SpanPlace): Span[] {
  return answers.map(({ round, turn, at, request, reply, cost, currency = "", modelId }) =>
    chatSpan(`turn:${round}.${turn}`, place, {
      ...{ turn, request, cost, currency, modelId, reply },
      end: at === null ? place.parent.end : Date.parse(at),
    }),
  );
}

function turnSpan(
  entry: ModelEntry,
  model: Pick<Asked, "modelId" | "currency">,
  place: SpanPlace,
): Span {
  const { turn, request, cost, content, stopReason, usage, latencyMs } = entry;
  const answeredBy = entry.answeredBy ?? { adapter: "none", model: "none" };
  return chatSpan(`turn:${turn}`, place, {
    ...{ ...model, turn, request, cost, end: Date.parse(entry.at) },
    reply: { content, stopReason, usage, latencyMs, answeredBy },
  });
}

interface Asked {
  readonly turn: number;
  readonly request: string;
  /** Undefined in records of earlier versions. */
  readonly modelId: string | undefined;
  readonly cost: number;
  readonly currency: string;
  readonly reply: Pick<ModelReply, "content" | "stopReason" | "usage" | "latencyMs"> & {
    readonly answeredBy: { readonly adapter: string; readonly model: string };
  };
  readonly end: number;
}

function chatSpan(name: string, { trace, path, parent, content }: SpanPlace, asked: Asked): Span {
  const { reply, end, ...told } = asked;
  const modelId = asked.modelId ?? reply.answeredBy.model;
  const { "espalier.model.source": _, ...attributes } = modelAttributes({
    ...told,
    ...{ modelId, reply, source: "journal" },
  });
  return {
    id: spanIdOf(trace, `${path}/${name}`),
    parent: parent.id,
    name: `chat ${modelId}`,
    kind: "client",
    start: Math.max(parent.start, end - reply.latencyMs),
    end,
    hasEnded: true,
    attributes: {
      ...(attributes as Span["attributes"]),
      ...(content && answerContent(reply.content, reply.stopReason)),
    },
    error: null,
    events: [],
  };
}

function toolSpan(
  { call, tool, at, result }: ToolEntry,
  known: { readonly start: number | undefined; readonly input: Json | undefined },
  { trace, path, parent, content }: SpanPlace,
): Span {
  const end = Date.parse(at);
  const isError = result.status === "error";
  return {
    id: spanIdOf(trace, `${path}/${call}`),
    parent: parent.id,
    name: `execute_tool ${tool}`,
    kind: "internal",
    start: known.start ?? end,
    end,
    hasEnded: true,
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": tool,
      "gen_ai.tool.call.id": call,
      "gen_ai.tool.type": "function",
      ...(known.input !== undefined && {
        "espalier.tool.arguments.digest": digestOfJson(known.input),
      }),
      ...(isError
        ? { "error.type": result.error }
        : { "espalier.tool.result.digest": digestOfJson(result.value) }),
      ...(content && toolContent(known.input, result)),
    },
    error: isError ? result.error : null,
    events: [],
  };
}

function callsIn({ turn, content }: Extract<JournalEntry, { kind: "model" }>): [string, Json][] {
  const uses = content.flatMap((block) => ("toolUse" in block ? [block.toolUse] : []));
  return uses.map(({ input }, index) => [callId(turn, index), input]);
}
