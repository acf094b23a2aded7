/** What a host is told of a function: its limits, and what it does. */
import type { AgentDocument } from "../../runtime/agent/agent-document.ts";
import type { McpDocument } from "../../runtime/agent/mcp-document.ts";
import type { Effect } from "../../runtime/effect.ts";
import type { RetrieveDocument } from "../../runtime/knowledge/retrieve-document.ts";
import type { MemoryDocument } from "../../runtime/memory/memory-document.ts";
import type { ModelStepDocument } from "../../runtime/model/model-step-document.ts";
import type { PromptStepDocument } from "../../runtime/prompt/prompt-step-document.ts";

/** Everything that a worker needs to know of a function. */
export interface HostedFunction {
  /** The same for the same code: a warm worker is kept under it. */
  readonly id: string;
  readonly name: string;
  /** Seconds. */
  readonly timeout: number;
  /** MiB. */
  readonly memory: number;
  readonly effect: Effect;
  /** The folder of the bundle's files. */
  readonly files: string;
  /** The folder of its components' files; absent where there is no bundle. */
  readonly components?: string;
  readonly work: FunctionWork;
  /** The functions that this one may call, by name; all others do not exist for it. */
  readonly callees?: (name: string) => HostedFunction | undefined;
}

/** Code of a bundle in a file of its own, or code of the kit with a document that says what to do. */
export type FunctionWork = CodeWork | KitWork;

/** An ESM file: `export default step({...})`, or `export const handler = (event, context) => …`. */
export interface CodeWork {
  /** `tool`: what it is sent is a `ToolCall`. */
  readonly kind: "task" | "tool";
  readonly file: string;
}

export type KitWork =
  | AskingWork
  | { readonly kind: "retrieve"; readonly document: RetrieveDocument }
  | { readonly kind: "memory"; readonly document: MemoryDocument }
  | { readonly kind: "prompt"; readonly document: PromptStepDocument }
  | { readonly kind: "mcp"; readonly document: McpDocument };

/** Work that asks a model. `standIn`: the file that answers in its place, or null. */
export type AskingWork = { readonly standIn: string | null } & (
  | { readonly kind: "agent"; readonly document: AgentDocument }
  | { readonly kind: "model"; readonly document: ModelStepDocument }
);

/** Whether it asks a model, and so is given what an adapter needs. */
export function asksModel(work: FunctionWork): work is AskingWork {
  return work.kind === "agent" || work.kind === "model";
}
