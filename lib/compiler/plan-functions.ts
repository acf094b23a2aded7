/** The functions that a workflow needs: one a step that calls one, one a tool, one an MCP server. */
import type { Bundle } from "../bundle/bundle.ts";
import type { Step } from "../manifest/manifest.ts";
import type { UsageLimits } from "../manifest/money.ts";
import { millionths } from "../manifest/money.ts";
import type { AgentDocument, BudgetCaps, BudgetDocument } from "../runtime/agent/agent-document.ts";
import type { JsonObject } from "../runtime/json.ts";
import { classSchema } from "./check/clearance.ts";
import type { GivenShape } from "./check/flow.ts";
import { promptSchema } from "./check/step-shapes.ts";
import { AGENT_SECONDS } from "./emit/work-states.ts";
import type { Index } from "./index-steps.ts";
import type { PlannedFunction } from "./plan.ts";
import type { Resolution, ResolvedAgent, ToolFunction } from "./resolve/resolution.ts";
import { functionSeconds } from "./resolve/seconds.ts";

/** MiB: where the kit's own code runs, and where it holds a conversation or a body of knowledge. */
const MEMORY = 512;
const LARGER_MEMORY = 1024;

export interface FunctionParts {
  readonly bundle: Bundle;
  readonly index: Index;
  readonly resolution: Resolution;
  readonly givens: ReadonlyMap<string, GivenShape>;
}

/** Those of steps in the manifest's order, then those of tools in the order of their first use. */
export function plannedFunctions(parts: FunctionParts): readonly PlannedFunction[] {
  const steps = parts.index.steps.flatMap(({ step }) => stepFunction(step, parts) ?? []);
  const tools = new Map<string, PlannedFunction>();
  for (const resolved of parts.resolution.values()) {
    if (resolved.kind !== "agent") continue;
    for (const tool of resolved.tools) {
      if (!tools.has(tool.function.name))
        tools.set(tool.function.name, toolFunction(tool.function));
    }
  }
  return [...steps, ...tools.values()];
}

function stepFunction(step: Step, parts: FunctionParts): PlannedFunction | undefined {
  if (step.kind === "task") {
    const { id, task, timeout, memory, effect, permissions } = step;
    return { name: id, step: id, timeout, memory, effect, permissions, kind: "task", entry: task };
  }
  const { resolution, givens, bundle } = parts;
  const resolved = resolution.get(step.id);
  const base = { name: step.id, step: step.id } as const;
  const given = givens.get(step.id);
  switch (step.kind) {
    case "model": {
      if (resolved?.kind !== "model") return undefined;
      const { model, prompt, output, maxTokens } = resolved;
      return {
        ...base,
        timeout: functionSeconds(step, resolution),
        memory: MEMORY,
        effect: "none",
        permissions: model.permissions,
        kind: "model",
        document: {
          model: model.document,
          prompt,
          input: withClasses(promptSchema(prompt, true), Object.keys(prompt.inputs), given),
          output,
          cache: step.cache ?? null,
          maxTokens,
          standIn: step.standIn ?? null,
          budget: budgetOf(model.document.prices.currency, bundle, step.limits),
        },
      };
    }
    case "agent":
      return resolved?.kind === "agent"
        ? {
            ...base,
            timeout: AGENT_SECONDS,
            memory: LARGER_MEMORY,
            effect: "none",
            permissions: resolved.model.permissions,
            kind: "agent",
            document: agentDocument(resolved, bundle, step.limits, given),
          }
        : undefined;
    case "retrieve":
      return resolved?.kind === "retrieve"
        ? {
            ...base,
            timeout: functionSeconds(step, resolution),
            memory: LARGER_MEMORY,
            effect: "read",
            permissions: [],
            kind: "retrieve",
            document: resolved.document,
          }
        : undefined;
    case "memory":
      return resolved?.kind === "memory"
        ? {
            ...base,
            timeout: functionSeconds(step, resolution),
            memory: MEMORY,
            effect: MEMORY_EFFECT[step.operation],
            permissions: [],
            kind: "memory",
            document: resolved.document,
          }
        : undefined;
    case "prompt":
      return resolved?.kind === "prompt"
        ? {
            ...base,
            timeout: functionSeconds(step, resolution),
            memory: MEMORY,
            effect: "none",
            permissions: [],
            kind: "prompt",
            document: { prompt: resolved.prompt, input: promptSchema(resolved.prompt, true) },
          }
        : undefined;
    default:
      return undefined;
  }
}

/** On what Espalier itself keeps, under the memory's own policy. */
const MEMORY_EFFECT = { read: "read", write: "write", forget: "delete" } as const;

function agentDocument(
  { agent: { file }, model, prompt, tools, input, artifact }: ResolvedAgent,
  bundle: Bundle,
  limits: UsageLimits | undefined,
  given: GivenShape | undefined,
): AgentDocument {
  const { approve, standIn } = file;
  const fields = [
    ...Object.keys(prompt.inputs),
    ...(input !== true && isObject(input.properties) ? Object.keys(input.properties) : []),
  ];
  return {
    agent: file.agent,
    model: model.document,
    prompt,
    tools: tools.map(({ document }) => document),
    limits: { ...file.limits, cost: millionths(file.limits.cost) },
    approve: approve ? { policy: approve.policy, tools: approve.tools } : null,
    input: withClasses(input, fields, given),
    artifact,
    context: file.context,
    standIn: standIn ?? null,
    budget: budgetOf(model.document.prices.currency, bundle, limits),
  };
}

/** What the expressions of `with` read may be classed where the contract it meets says nothing of it. */
function withClasses(
  contract: JsonObject | true,
  fields: readonly string[],
  given: GivenShape | undefined,
): JsonObject | true {
  const classes = classSchema(new Set(fields), given);
  if (classes === undefined) return contract;
  if (contract === true) return classes;
  const all = Array.isArray(contract.allOf) ? contract.allOf : [];
  return { ...contract, allOf: [...all, classes] };
}

function budgetOf(
  currency: string,
  { manifest }: Bundle,
  step: UsageLimits | undefined,
): BudgetDocument {
  return { currency, run: capsOf(manifest.limits), step: capsOf(step ?? {}) };
}

function capsOf({ cost, inputTokens, outputTokens }: UsageLimits): BudgetCaps {
  return {
    cost: cost === undefined ? null : millionths(cost),
    inputTokens: inputTokens ?? null,
    outputTokens: outputTokens ?? null,
  };
}

function toolFunction(tool: ToolFunction): PlannedFunction {
  const base = { name: tool.name, step: null, timeout: tool.timeout, effect: tool.effect } as const;
  switch (tool.kind) {
    case "tool": {
      const { memory, permissions, entry } = tool;
      return { ...base, memory, permissions, kind: "tool", entry, tool: tool.tool };
    }
    case "mcp":
      return { ...base, memory: MEMORY, permissions: [], kind: "mcp", document: tool.document };
    default:
      return tool satisfies never;
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
