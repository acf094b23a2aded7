/**
 * What the function of an agent step is given beside its code: everything resolved, nothing left to
 * look up. The compiler writes it into the plan (`PlannedFunction.document`).
 */
import { type Effect, isEffectful } from "../effect.ts";
import type { JsonObject } from "../json.ts";
import type { ModelDocument } from "../model/model.ts";
import type { PromptDocument } from "../prompt/prompt-document.ts";

export interface AgentDocument {
  readonly agent: string;
  readonly model: ModelDocument;
  /** Instructions; its inputs are filled from the step's `with`. */
  readonly prompt: PromptDocument;
  readonly tools: readonly ToolDocument[];
  readonly limits: AgentLimits;
  /** Absent: no tool needs a person. */
  readonly approve: { readonly policy: string; readonly tools: readonly string[] } | null;
  /** JSON Schema of what it is given (`with`), or true. */
  readonly input: JsonObject | true;
  /** JSON Schema of what it must produce. */
  readonly artifact: JsonObject;
  readonly context: {
    /** Tool results are elided, oldest and largest first, once the messages' text exceeds this many bytes. */
    readonly bytes: number;
    /** A result larger than this is cut, and the rest can be read back by reference. */
    readonly resultBytes: number;
  };
  /** Entry of the bundle's code that answers in place of a model (`stand-in` adapter), or null. */
  readonly standIn: string | null;
  readonly budget: BudgetDocument;
}

export interface ToolDocument {
  readonly name: string;
  readonly description: string;
  /** JSON Schema 2020-12 of its arguments, an object. */
  readonly input: JsonObject;
  /** JSON Schema of its result; what it classes beyond the model's clearance is removed. Absent: unknown. */
  readonly output?: JsonObject;
  readonly effect: Effect;
  /** `PlannedFunction.name` of the function that runs it. */
  readonly function: string;
  /** Of a tool that an MCP server provides: the server's own name for it, and the digest it is pinned to. */
  readonly mcp: { readonly tool: string; readonly digest: string } | null;
  /** Seconds. */
  readonly timeout: number;
  /** Calls in a time, over all runs of the workflow; null: not limited. */
  readonly rate: { readonly calls: number; readonly seconds: number } | null;
  /** The same call twice does no more than once; absent: as for `none` and `read`. */
  readonly idempotent?: boolean;
  /** Dotted paths of arguments and results that traces, approvals and logs do not show. */
  readonly redact: readonly string[];
}

/** Each cap counts for one invocation of the step (one iteration of a map), however often it is re-entered. */
export interface AgentLimits {
  readonly turns: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Millionths of the model's currency. */
  readonly cost: number;
  /** Seconds from its first call, waiting for people not counted. */
  readonly time: number;
  readonly toolCalls: number;
  /** The same tool with the same arguments at most so often. */
  readonly repeatedCalls: number;
  /** Tool errors (unknown names, invalid arguments, failures) at most so many. */
  readonly toolErrors: number;
}

/** What is shared by several calls and so counted in `Records`; null: not limited. Costs in millionths. */
export interface BudgetDocument {
  readonly currency: string;
  readonly run: BudgetCaps;
  /** Over all iterations of the step. */
  readonly step: BudgetCaps;
}

export interface BudgetCaps {
  readonly cost: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** Whether a call of one of its tools may change the world. */
export function hasEffect({ tools }: Pick<AgentDocument, "tools">): boolean {
  return tools.some(({ effect }) => isEffectful(effect));
}
