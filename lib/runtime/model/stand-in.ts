/**
 * A script in the place of a model, for examples and tests: it sees what a model would see, and
 * answers. Every reply names it as a stand-in.
 */
import { isStepError, StepError } from "../errors.ts";
import type { Json } from "../json.ts";
import type {
  ContentBlock,
  ConverseOptions,
  Message,
  Model,
  ModelReply,
  ModelRequest,
  StopReason,
} from "./model.ts";
import { estimatedUsage } from "./usage.ts";

/** Answers a request. The same request should get the same answer, or no run can be replayed. */
export type StandIn = (
  request: ModelRequest,
  context: StandInContext,
) => StandInAnswer | Promise<StandInAnswer>;

export interface StandInContext {
  /** 0 at the first call of a conversation, then one more for each answer before. */
  readonly turn: number;
  /** Names of the tools that are offered. */
  readonly tools: readonly string[];
  /** The prompt's inputs, without what the model may not see. */
  readonly input: Json;
  readonly messages: readonly Message[];
}

export type StandInAnswer =
  /** Text. */
  | string
  | { readonly text: string }
  /** Calls of tools, with or without words before them. */
  | {
      readonly toolUse: readonly { readonly name: string; readonly input: Json }[];
      readonly text?: string;
    }
  /** The structured answer or artifact that is asked for, in the way that the request asks for it. */
  | { readonly json: Json }
  | { readonly fault: StandInFault }
  /** The whole reply. */
  | Pick<ModelReply, "content" | "stopReason">;

/** What services do instead of answering. */
export type StandInFault =
  | "throttled"
  | "unavailable"
  | "refused"
  | "guardrail"
  | "malformed"
  | "malformed-tool-use"
  | "truncated"
  | "context";

const STAND_IN = Symbol.for("espalier.stand-in");

export interface StandInDefinition {
  readonly answer: StandIn;
}

/** Declares a stand-in: what `agents/NAME.stand-in.ts` exports by default. */
export function standIn(answer: StandIn): StandInDefinition {
  return Object.defineProperty({ answer }, STAND_IN, { value: true });
}

/** Whether a module's export was made by `standIn`, here or by another copy of this file. */
export function isStandIn(value: unknown): value is StandInDefinition {
  return typeof value === "object" && value !== null && STAND_IN in value;
}

/** The adapter. Tokens are a quarter of the bytes, latency is 0: the same at every run. */
export function standInModel({ answer }: StandInDefinition): Model {
  return {
    async converse(request, { signal, given }) {
      signal.throwIfAborted();
      const turn = request.messages.filter(({ role }) => role === "assistant").length;
      const context: StandInContext = {
        turn,
        tools: toolNames(request),
        input: given ?? null,
        messages: request.messages,
      };
      // A script might change what it is given; the request must stay what it was.
      const answered = await untilAborted(ask(answer, structuredClone(request), context), signal);
      const { content, stopReason } = replyTo(request, answered, turn);
      return {
        content,
        stopReason,
        usage: estimatedUsage(request, content),
        latencyMs: 0,
        answeredBy: { adapter: "stand-in", model: "stand-in" },
      };
    },
  };
}

async function ask(
  answer: StandIn,
  request: ModelRequest,
  context: StandInContext,
): Promise<StandInAnswer> {
  try {
    return await answer(request, { ...context, messages: request.messages });
  } catch (error) {
    if (isStepError(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new StepError("Step.Failed", `The stand-in has thrown: ${message}`, undefined, {
      cause: error,
    });
  }
}

/** The answer, or the signal's reason as soon as there is one. */
async function untilAborted<T>(answer: Promise<T>, signal: ConverseOptions["signal"]): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}

function toolNames({ toolConfig }: ModelRequest): string[] {
  return toolConfig?.tools.map(({ toolSpec }) => toolSpec.name) ?? [];
}

type Answered = Pick<ModelReply, "content" | "stopReason">;

function replyTo(request: ModelRequest, answer: StandInAnswer, turn: number): Answered {
  if (typeof answer === "string") return { content: [{ text: answer }], stopReason: "end_turn" };
  if ("fault" in answer) return faulty(answer.fault);
  if ("content" in answer) return { content: answer.content, stopReason: answer.stopReason };
  if ("json" in answer) return structured(request, answer.json, turn);
  if ("toolUse" in answer) {
    const words: ContentBlock[] = answer.text === undefined ? [] : [{ text: answer.text }];
    return { content: [...words, ...answer.toolUse.map(use(turn))], stopReason: "tool_use" };
  }
  return { content: [{ text: answer.text }], stopReason: "end_turn" };
}

const use =
  (turn: number) =>
  ({ name, input }: { readonly name: string; readonly input: Json }, index = 0): ContentBlock => ({
    toolUse: { toolUseId: `standin_${turn}_${index}`, name, input },
  });

/** Built-in tool by which agents hand in their artifact. */
const SUBMIT = "submit";

function structured(request: ModelRequest, json: Json, turn: number): Answered {
  const choice = request.toolConfig?.toolChoice;
  const forced = choice && "tool" in choice ? choice.tool.name : undefined;
  const tool = forced ?? toolNames(request).find((name) => name === SUBMIT);
  if (tool !== undefined && (forced !== undefined || !request.outputConfig)) {
    return { content: [use(turn)({ name: tool, input: json })], stopReason: "tool_use" };
  }
  return { content: [{ text: JSON.stringify(json) }], stopReason: "end_turn" };
}

const STOPPED: Readonly<Record<Exclude<StandInFault, "throttled" | "unavailable">, StopReason>> = {
  refused: "content_filtered",
  guardrail: "guardrail_intervened",
  malformed: "malformed_model_output",
  "malformed-tool-use": "malformed_tool_use",
  truncated: "max_tokens",
  context: "model_context_window_exceeded",
};

function faulty(fault: StandInFault): Answered {
  if (fault === "throttled") {
    throw new StepError("Model.Throttled", "The stand-in says that it is asked too often.");
  }
  if (fault === "unavailable") {
    throw new StepError("Model.Unavailable", "The stand-in says that it is not available.");
  }
  const content = fault === "truncated" ? [{ text: '{"cut": "o' }] : [];
  return { content, stopReason: STOPPED[fault] };
}
