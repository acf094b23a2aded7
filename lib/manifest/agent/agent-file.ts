/** `agents/NAME.yaml`: an agent, and everything that bounds it. */
import { z } from "zod";
import { ContractReference } from "../contract-reference.ts";
import { fileOrAlias } from "../file-or-alias.ts";
import { issue } from "../issue.ts";
import { GUARDRAIL, StandIn } from "../model-steps.ts";
import { Cost, type Money } from "../money.ts";
import { PromptReference } from "../prompt-reference.ts";
import { duration, WorkflowName } from "../values.ts";
import { ToolName } from "./tool-name.ts";

/** What an agent cannot be without, and how each is written. */
const REQUIRED = {
  turns: "turns: 10",
  inputTokens: "inputTokens: 100000",
  outputTokens: "outputTokens: 10000",
  cost: "cost: 0.50 USD",
  time: "time: 10m",
  toolCalls: "toolCalls: 30",
} as const;

export interface AgentFileLimits {
  readonly turns: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: Money;
  /** Seconds. */
  readonly time: number;
  readonly toolCalls: number;
  readonly repeatedCalls: number;
  readonly toolErrors: number;
}

const Limits = z
  .strictObject({
    turns: z.int().min(1).max(1000).describe("Calls of the model.").optional(),
    inputTokens: z.int().min(1).optional(),
    outputTokens: z.int().min(1).optional(),
    cost: Cost.optional(),
    time: duration().describe("Waiting for people not counted.").optional(),
    toolCalls: z.int().min(0).max(10_000).optional(),
    repeatedCalls: z.int().min(1).default(3).describe("Of one tool with the same arguments."),
    toolErrors: z.int().min(0).default(10),
  })
  .meta({ required: Object.keys(REQUIRED) })
  .prefault({})
  .transform((limits, ctx): AgentFileLimits => {
    for (const [key, example] of Object.entries(REQUIRED)) {
      if (limits[key as keyof typeof REQUIRED] !== undefined) continue;
      ctx.issues.push(
        issue(limits, {
          code: "ESP853",
          message: `this agent has no limit of ${key}`,
          hint: `Every agent is bounded: write ${example} under limits, with your own figure.`,
          atKey: true,
        }),
      );
    }
    return limits as AgentFileLimits;
  });

export const AgentFile = z.strictObject({
  apiVersion: z.literal("espalier/v1"),
  agent: WorkflowName.describe("The agent's name."),
  description: z.string().optional(),
  model: WorkflowName.describe("Alias of a model under uses.models."),
  guardrail: WorkflowName.optional().describe(GUARDRAIL),
  instructions: PromptReference,
  playbooks: z
    .array(WorkflowName)
    .default([])
    .describe("Aliases under uses.playbooks: texts behind the instructions, in this order."),
  tools: z
    .record(WorkflowName, z.array(ToolName).min(1))
    .default({})
    .describe("By alias under uses.toolsets: the tools that it may call."),
  approve: z
    .strictObject({
      policy: fileOrAlias("The approval policy", "approvals"),
      tools: z.array(ToolName).min(1).describe("Tools whose every call a person decides on."),
    })
    .optional(),
  limits: Limits,
  input: ContractReference.optional().describe("Contract of what it is given (`with`)."),
  artifact: ContractReference.describe("Contract of what it must produce."),
  context: z
    .strictObject({
      bytes: z.int().min(4096).default(200_000).describe("Older tool results are elided beyond."),
      resultBytes: z.int().min(256).default(20_000).describe("A longer tool result is cut."),
    })
    .prefault({}),
  standIn: StandIn.optional(),
});
export type AgentFile = z.infer<typeof AgentFile>;
