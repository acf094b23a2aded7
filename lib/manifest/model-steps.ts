/**
 * What steps that use models, knowledge and memory write, beside what every step has. Only the fields:
 * `step.ts` makes the schemas of steps of them.
 */
import { z } from "zod";
import { ContractReference } from "./contract-reference.ts";
import { fileOrAlias } from "./file-or-alias.ts";
import { UsageLimits } from "./money.ts";
import { PromptReference } from "./prompt-reference.ts";
import { bundlePath, duration, Value, WorkflowName } from "./values.ts";

const CODE = ["ts", "mts", "js", "mjs"] as const;

const Timeout = duration(900, "15m").describe("Of the function, whole.");

/** Of all iterations of the step together. */
const StepLimits = UsageLimits.describe(
  "What all iterations of the step may use together: cost, inputTokens, outputTokens.",
);

export const StandIn = bundlePath(CODE).describe(
  "Code that answers in place of the model where an environment says so.",
);

export const GUARDRAIL = "Alias of a guardrail under uses.guardrails; absent: the model's own.";

export const MODEL_FIELDS = {
  model: WorkflowName.describe("Alias of a model under uses.models."),
  prompt: PromptReference,
  guardrail: WorkflowName.optional().describe(GUARDRAIL),
  with: Value.optional().describe("Inputs of the prompt, by name."),
  output: ContractReference.optional().describe(
    "Contract of the answer; without one it is { text }.",
  ),
  cache: duration()
    .optional()
    .describe("So long, the answer to a byte-identical request is taken again."),
  maxTokens: z.int().min(1).optional().describe("Tokens of the answer; default: the model's most."),
  limits: StepLimits.optional(),
  standIn: StandIn.optional(),
  timeout: Timeout.optional(),
};

export const AGENT_FIELDS = {
  agent: fileOrAlias("The agent", "agents"),
  with: Value.optional().describe("All that the agent is given."),
  limits: StepLimits.optional(),
};

export const RETRIEVE_FIELDS = {
  retrieve: WorkflowName.describe("Alias of a body of knowledge under uses.knowledge."),
  with: Value.optional().describe("query, and limit for fewer results."),
  timeout: Timeout.default(60),
};

export const MEMORY_FIELDS = {
  memory: WorkflowName.describe("Alias of a memory policy under uses.memory."),
  operation: z.enum(["read", "write", "forget"]),
  with: Value.optional().describe("key; to write, value."),
  timeout: Timeout.default(60),
};

export const PROMPT_FIELDS = {
  prompt: PromptReference,
  with: Value.optional().describe("Inputs of the prompt, by name."),
  timeout: Timeout.default(60),
};
