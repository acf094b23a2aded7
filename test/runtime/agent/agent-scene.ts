/** An agent for tests: its document, a scripted model, tools that count, and a world of memory. */
import { systemClock } from "../../../lib/local/ports/clock.ts";
import { memoryArtifacts, memoryRecords } from "../../../lib/local/ports/memory.ts";
import type {
  AgentCall,
  AgentOutcome,
  ToolCall,
  Tools,
} from "../../../lib/runtime/agent/agent-call.ts";
import type { AgentDocument, ToolDocument } from "../../../lib/runtime/agent/agent-document.ts";
import type { AgentWorld } from "../../../lib/runtime/agent/agent-world.ts";
import { readJournal } from "../../../lib/runtime/agent/journal.ts";
import type { JournalEntry } from "../../../lib/runtime/agent/journal-entry.ts";
import { openAgentWorld } from "../../../lib/runtime/agent/open-agent-world.ts";
import { runAgent } from "../../../lib/runtime/agent/run-agent.ts";
import { StepError } from "../../../lib/runtime/errors.ts";
import { idempotencyKeyOf } from "../../../lib/runtime/idempotency-key.ts";
import type { StepPorts } from "../../../lib/runtime/invoke-step.ts";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import type {
  ContentBlock,
  Model,
  ModelReply,
  ModelRequest,
} from "../../../lib/runtime/model/model.ts";

export const LOOK: ToolDocument = {
  name: "look",
  description: "Looks something up.",
  input: {
    type: "object",
    properties: { at: { type: "string", maxLength: 100 } },
    required: ["at"],
    additionalProperties: false,
  },
  effect: "read",
  function: "tool-look",
  mcp: null,
  timeout: 10,
  rate: null,
  redact: [],
};

export const PUBLISH: ToolDocument = {
  ...LOOK,
  name: "publish",
  description: "Publishes a text.",
  input: {
    type: "object",
    properties: { text: { type: "string" }, secret: { type: "string" } },
    required: ["text"],
    additionalProperties: false,
  },
  effect: "write",
  function: "tool-publish",
  redact: ["secret"],
};

export const AGENT: AgentDocument = {
  agent: "scout",
  model: {
    component: "reader",
    version: "1.0.0",
    ids: { bedrock: "model-1" },
    maxOutputTokens: 4000,
    contextTokens: 200_000,
    structuredOutput: "tool",
    prices: { currency: "USD", input: 3_000_000, output: 15_000_000, cacheRead: 0, cacheWrite: 0 },
    clearance: ["public", "internal"],
    timeout: 20,
  },
  prompt: {
    source: "prompts/scout.md",
    digest: `sha256:${"0".repeat(64)}`,
    inputs: { subject: { type: "json" } },
    parts: [
      { role: "system", pieces: [{ text: "You find out." }] },
      { role: "user", pieces: [{ text: "Look into this: " }, { input: "subject" }] },
    ],
  },
  tools: [LOOK, PUBLISH],
  limits: {
    turns: 12,
    inputTokens: 200_000,
    outputTokens: 50_000,
    cost: 2_000_000,
    time: 600,
    toolCalls: 40,
    repeatedCalls: 3,
    toolErrors: 5,
  },
  approve: { policy: "approvals/publish.yaml", tools: ["publish"] },
  input: true,
  artifact: {
    type: "object",
    properties: { verdict: { enum: ["good", "bad"] }, quote: { type: "string" } },
    required: ["verdict"],
    additionalProperties: false,
  },
  context: { bytes: 60_000, resultBytes: 8000 },
  standIn: null,
  budget: {
    currency: "USD",
    run: { cost: null, inputTokens: null, outputTokens: null },
    step: { cost: null, inputTokens: null, outputTokens: null },
  },
};

export function agentCall(
  input: Json = { subject: "a" },
  { id = "run-1", ...more }: Partial<AgentCall> & { readonly id?: string } = {},
): AgentCall {
  return {
    run: {
      id,
      workflow: "w",
      version: "1.0.0",
      digest: `sha256:${"0".repeat(64)}`,
      environment: "test",
      customer: null,
      principal: "ann@example.com",
      startedAt: "2026-01-01T00:00:00.000Z",
    },
    step: { id: "scout", iteration: "", attempt: 0 },
    config: {},
    input,
    resume: null,
    ...more,
  };
}

/** What a scripted model answers: calls, a text, or the whole reply. */
export type Answer =
  | { readonly calls: readonly (readonly [name: string, input: Json])[]; readonly text?: string }
  | { readonly text: string }
  | Partial<ModelReply>;

export type Script = (request: ModelRequest, turn: number) => Answer | Promise<Answer>;

/** `requests` are those that reached it. */
export interface ScriptedModel extends Model {
  readonly requests: ModelRequest[];
}

export const submit = (input: Json): Answer => ({ calls: [["submit", input]] });

/** Answers the nth request with the nth answer; the last one again and again. */
export function scripted(script: Script | readonly Answer[]): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    requests,
    async converse(request, { signal }) {
      signal.throwIfAborted();
      requests.push(structuredClone(request));
      const turn = requests.length;
      const answer =
        typeof script === "function"
          ? await script(request, turn)
          : (script[Math.min(turn, script.length) - 1] ?? { text: "" });
      return replyOf(answer);
    },
  };
}

export function replyOf(answer: Answer): ModelReply {
  const base: ModelReply = {
    content: [],
    stopReason: "end_turn",
    usage: {
      inputTokens: 100,
      outputTokens: 20,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 0,
    },
    latencyMs: 1,
    answeredBy: { adapter: "stand-in", model: "script" },
  };
  if ("calls" in answer) {
    const words: ContentBlock[] = answer.text === undefined ? [] : [{ text: answer.text }];
    const uses = answer.calls.map(
      ([name, input], index): ContentBlock => ({
        toolUse: { toolUseId: `m${index}`, name, input },
      }),
    );
    return { ...base, content: [...words, ...uses], stopReason: "tool_use" };
  }
  if ("text" in answer) return { ...base, content: [{ text: answer.text }] };
  return { ...base, ...answer };
}

export type Handler = (input: JsonObject, call: ToolCall) => Json | Promise<Json>;

/** Functions of tools by name; `calls` are those that reached them. */
export function toolbox(
  handlers: { readonly [tool: string]: Handler } = {},
): Tools & { readonly calls: ToolCall[] } {
  const calls: ToolCall[] = [];
  return {
    calls,
    async call(name, call) {
      calls.push(structuredClone(call));
      const handler = handlers[call.tool.name];
      if (name !== `tool-${call.tool.name}`) throw new StepError("Lambda.Unknown", name);
      return handler ? handler(call.input as JsonObject, call) : { found: "nothing" };
    },
  };
}

export function memoryPorts(): StepPorts {
  return { artifacts: memoryArtifacts(), records: memoryRecords(), clock: systemClock };
}

export const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface Scene {
  readonly document: AgentDocument;
  readonly call: AgentCall;
  readonly model: Model;
  readonly tools: Tools;
  readonly ports: StepPorts;
  readonly deadline: Date;
  readonly signal: AbortSignal;
}

export type SceneOptions = Partial<Omit<Scene, "model" | "document">> & {
  readonly document?: Partial<AgentDocument>;
  readonly limits?: Partial<AgentDocument["limits"]>;
  readonly model: Script | readonly Answer[] | Model;
};

export function scene(options: SceneOptions): Scene {
  const { model, document, limits, ...rest } = options;
  return {
    call: agentCall(),
    tools: toolbox(),
    ports: memoryPorts(),
    deadline: new Date(Date.now() + 300_000),
    signal: new AbortController().signal,
    ...rest,
    document: { ...AGENT, ...document, limits: { ...AGENT.limits, ...limits } },
    model: "converse" in model ? model : scripted(model),
  };
}

export function worldOf({ document, call, ...host }: Scene): AgentWorld {
  return openAgentWorld({ modelId: "model-1", logger: quiet, ...host }, document, call);
}

export function enter(at: Scene, resume: AgentCall["resume"] = null): Promise<AgentOutcome> {
  return runAgent(at.document, { ...at.call, resume }, worldOf(at));
}

export function journalOf({ call, ports }: Scene): Promise<JournalEntry[]> {
  return readJournal(idempotencyKeyOf(call), ports);
}

/** What `enter` throws; fails if it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<StepError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof StepError) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}
