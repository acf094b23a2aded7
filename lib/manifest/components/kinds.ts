/**
 * Every kind of component, by its category: the key under `uses`, under an environment's `bindings`,
 * and the folder that such components lie in. A further kind is one line here, and a grammar where
 * its file has one.
 */
import type { z } from "zod";
import { AgentFile } from "../agent/agent-file.ts";
import { ApprovalPolicy } from "../approval-policy.ts";
import { type ComponentKind, defineFile, defineFiles, defineKind } from "./component-kind.ts";
import { GuardrailFile } from "./guardrail-file.ts";
import { KnowledgeFile } from "./knowledge-file.ts";
import { MemoryFile } from "./memory-file.ts";
import { ModelFile } from "./model-file.ts";
import { ToolsetFile, toolHandlers } from "./toolset-file.ts";

export const COMPONENT_KINDS = {
  models: defineKind("model", "a model", "model.yaml", ModelFile),
  toolsets: defineKind("toolset", "a toolset", "toolset.yaml", ToolsetFile, toolHandlers),
  prompts: defineFiles("prompts", "a set of prompts", ".md"),
  agents: defineKind("agent", "an agent", "agent.yaml", AgentFile),
  playbooks: defineFiles("playbook", "a playbook", ".md"),
  knowledge: defineKind("knowledge", "a body of knowledge", "knowledge.yaml", KnowledgeFile),
  memory: defineKind("memory", "a memory policy", "memory.yaml", MemoryFile),
  guardrails: defineKind("guardrail", "a guardrail", "guardrail.yaml", GuardrailFile),
  entitlements: defineFile("entitlement", "an entitlement policy", "entitlement.yaml"),
  approvals: defineKind("approval", "an approval policy", "approval.yaml", ApprovalPolicy),
  retention: defineFile("retention", "a retention policy", "retention.yaml"),
  config: defineFile("config", "a configuration", "config.yaml"),
  scenarios: defineFiles("scenarios", "a set of scenarios"),
} as const satisfies Record<string, ComponentKind>;

export type Category = keyof typeof COMPONENT_KINDS;

/** As in the file: `kind: model`. */
export type KindOf<C extends Category> = (typeof COMPONENT_KINDS)[C]["kind"];

/** What the file of such a component holds, as far as a grammar says. */
export type DocumentOf<C extends Category> =
  NonNullable<(typeof COMPONENT_KINDS)[C]["grammar"]> extends z.ZodType<infer Document>
    ? Document
    : never;

export const CATEGORIES = Object.keys(COMPONENT_KINDS) as readonly Category[];

export function isCategory(text: string): text is Category {
  return Object.hasOwn(COMPONENT_KINDS, text);
}
