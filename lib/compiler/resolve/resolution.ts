/** What steps that use components come down to, once everything that they name has been found. */
import type { BundleAgent } from "../../bundle/bundle.ts";
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { ToolDocument } from "../../runtime/agent/agent-document.ts";
import type { McpDocument } from "../../runtime/agent/mcp-document.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { RetrieveDocument } from "../../runtime/knowledge/retrieve-document.ts";
import type { MemoryDocument } from "../../runtime/memory/memory-document.ts";
import type { ModelDocument } from "../../runtime/model/model.ts";
import type { PromptDocument } from "../../runtime/prompt/prompt-document.ts";
import type { Permission } from "../plan.ts";

export interface ResolvedModel {
  readonly document: ModelDocument;
  /** False: its prices stand as nothing, as the component gives none. */
  readonly priced: boolean;
  /** What calling it needs where Amazon Bedrock answers. */
  readonly permissions: readonly Permission[];
}

/** A tool as an agent has it, and the function behind it. */
export interface ResolvedTool {
  readonly document: ToolDocument;
  readonly function: ToolFunction;
}

export type ToolFunction =
  | {
      readonly kind: "tool";
      readonly name: string;
      readonly tool: string;
      readonly entry: string;
      readonly timeout: number;
      readonly memory: number;
      readonly effect: ToolDocument["effect"];
      readonly permissions: readonly Permission[];
    }
  | {
      readonly kind: "mcp";
      readonly name: string;
      readonly timeout: number;
      readonly effect: ToolDocument["effect"];
      readonly document: McpDocument;
    };

export interface ResolvedAgent {
  readonly kind: "agent";
  readonly agent: BundleAgent;
  readonly model: ResolvedModel;
  readonly prompt: PromptDocument;
  readonly tools: readonly ResolvedTool[];
  readonly policy: ApprovalPolicy | null;
  readonly input: JsonObject | true;
  readonly artifact: JsonObject;
}

export interface ResolvedModelStep {
  readonly kind: "model";
  readonly model: ResolvedModel;
  readonly prompt: PromptDocument;
  readonly output: JsonObject | null;
  readonly maxTokens: number;
}

export type ResolvedStep =
  | ResolvedAgent
  | ResolvedModelStep
  | { readonly kind: "retrieve"; readonly document: RetrieveDocument }
  | { readonly kind: "memory"; readonly document: MemoryDocument }
  | { readonly kind: "prompt"; readonly prompt: PromptDocument };

/** By id of the step; without those that have a finding. */
export type Resolution = ReadonlyMap<string, ResolvedStep>;
