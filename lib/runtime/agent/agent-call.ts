/**
 * The messages between a state machine, an agent's function and its tools' functions. An agent step
 * compiles to a small loop:
 *
 *     STEP ──▶ STEP.next ──done──▶ (onward)
 *      ▲          │ continue: back to STEP
 *      └──────────┤ awaitingApproval: STEP.approval, then back to STEP with what was decided
 *
 * A failure is thrown under its name (`Agent.TurnLimit`, …) for the step's own retry and catch.
 */
import type { ApprovalResult } from "../approval/approval.ts";
import type { RunIdentity, StepCall } from "../call.ts";
import type { Json, JsonObject } from "../json.ts";

export interface AgentCall extends StepCall {
  /** How the loop came back; null at the first call and after `continue`. */
  readonly resume: AgentResume | null;
}

export type AgentResume =
  | {
      readonly status: "approved";
      readonly toolUseId: string;
      /** `edited`: arguments that the approver puts in place of the model's, if the policy allows. */
      readonly approval: ApprovalResult & { readonly edited?: Json };
    }
  /** `cause`: what `deliver` sent with `Approval.Rejected` (JSON text). */
  | { readonly status: "rejected"; readonly toolUseId: string; readonly cause: string }
  | { readonly status: "expired"; readonly toolUseId: string };

/** What one call of the function returns. */
export type AgentOutcome =
  | { readonly status: "done"; readonly output: Json }
  | { readonly status: "continue" }
  | {
      readonly status: "awaitingApproval";
      readonly toolUseId: string;
      readonly evidence: ToolApprovalEvidence;
    };

/** What the approver of a tool call is shown: exactly what will be executed, and why. */
export interface ToolApprovalEvidence {
  readonly agent: string;
  readonly tool: string;
  readonly description: string;
  readonly effect: string;
  /** Verbatim; `redact`ed fields masked. */
  readonly arguments: Json;
  /** Digest of the exact arguments that the approval is for. */
  readonly argumentsDigest: string;
  /** What the model wrote before it asked for the call. */
  readonly reasons: string;
  /** Whose words `reasons` are: a model and the adapter behind it, or a stand-in, named as one. */
  readonly answeredBy: string;
  readonly turn: number;
  readonly spend: AgentSpend;
}

export interface AgentSpend {
  readonly turns: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Millionths. */
  readonly cost: number;
  readonly currency: string;
  readonly toolCalls: number;
}

/** Payload of a tool's function. */
export interface ToolCall {
  readonly run: RunIdentity;
  /** `id` is the agent's step; with `toolUseId` the key of its effect. */
  readonly step: { readonly id: string; readonly iteration: string; readonly attempt: number };
  readonly tool: {
    readonly name: string;
    readonly toolUseId: string;
    /** False: an attempt that died on the way is not made again. Default true. */
    readonly idempotent?: boolean;
    readonly mcp: { readonly tool: string; readonly digest: string } | null;
  };
  /** Validated arguments. */
  readonly input: Json;
  /** What the agent was given (`with`): what a tool may act on. */
  readonly given: Json;
  readonly config: JsonObject;
}

/** Port: calls functions of tools; the allow-list behind it is IAM. */
export interface Tools {
  /** The function's result; throws `StepError` under the error's name if it failed. */
  call(
    functionName: string,
    call: ToolCall,
    /** `timeout`: seconds. */
    options: { readonly signal: AbortSignal; readonly timeout: number },
  ): Promise<Json>;
}
