/** The entries of an agent's journal. They stay readable for years: add fields, never change their meaning. */
import type { Json } from "../json.ts";
import type { Removal } from "../model/clearance.ts";
import type { ContentBlock, ModelReply, StopReason, Usage } from "../model/model.ts";

export type JournalEntry =
  | StartedEntry
  | EnteredEntry
  | ModelEntry
  | ToolEntry
  | AskedEntry
  | DecisionEntry
  | StoppedEntry
  | DoneEntry
  | FailedEntry;

interface Entry {
  /** ISO 8601. Time passes for the agent from one entry to the next, except up to `entered`. */
  readonly at: string;
}

/** The first call of the function. */
export interface StartedEntry extends Entry {
  readonly kind: "started";
  readonly agent: string;
  /** `COMPONENT@VERSION`. */
  readonly model: string;
  /** The id that its adapter asks for, and the currency of all costs: for traces. */
  readonly modelId?: string;
  readonly currency?: string;
  /** What the model is not cleared for, and therefore was not shown. */
  readonly removed: readonly Removal[];
}

/** A later call of the function: after `continue`, a decision, a crash, a retry or a redrive. */
export interface EnteredEntry extends Entry {
  readonly kind: "entered";
}

/** A reply of the model, written before anything that it asks for happens. */
export interface ModelEntry extends Entry {
  readonly kind: "model";
  /** From 1. */
  readonly turn: number;
  /** Digest of the exact request, and the bytes of its JSON text. */
  readonly request: string;
  readonly requestBytes: number;
  /** What of the reply is a model's to say: texts, tool calls, reasoning. */
  readonly content: readonly ContentBlock[];
  readonly stopReason: StopReason;
  /** Policies of a guardrail that intervened; never what they found. */
  readonly guardrail?: readonly string[];
  readonly usage: Usage;
  /** Millionths. */
  readonly cost: number;
  readonly latencyMs: number;
  /** Null where there was no answer: the service said by an error that the request is too long. */
  readonly answeredBy: ModelReply["answeredBy"] | null;
  /** Why the reply was not taken as it came (too large, no JSON, …). */
  readonly refused: string | null;
}

/** What came of a tool call: exactly one entry for each call of each turn. */
export interface ToolEntry extends Entry {
  readonly kind: "tool";
  /** `call_TURN_NUMBER`: ours, whatever id the model gave. */
  readonly call: string;
  readonly tool: string;
  /** Whole, also where the model is shown a part of it. */
  readonly result: ToolOutcome;
}

export type ToolOutcome =
  | {
      readonly status: "success";
      readonly value: Json;
      /** What the model is not cleared for: taken out, and kept nowhere. */
      readonly removed?: readonly Removal[];
    }
  | { readonly status: "error"; readonly error: string; readonly message: string };

/** A person is asked; the function returns `awaitingApproval`. */
export interface AskedEntry extends Entry {
  readonly kind: "asked";
  readonly call: string;
  readonly argumentsDigest: string;
}

export interface DecisionEntry extends Entry {
  readonly kind: "decision";
  readonly call: string;
  readonly verdict: "approved" | "rejected" | "expired";
  /** Id of the approval. */
  readonly approval: string | null;
  readonly by: string | null;
  readonly reason: string | null;
  /** What the reason is filed under, one of the policy's; absent where it was not yet recorded. */
  readonly category?: string | null;
  /** Arguments that the approver put in place of the model's: an override. */
  readonly override?: Json;
}

/** The function stopped without an end: it returned `continue`, or failed in a way that may pass. */
export interface StoppedEntry extends Entry {
  readonly kind: "stopped";
  /** `continue`, or the error's name. */
  readonly reason: string;
  readonly message: string;
}

export interface DoneEntry extends Entry {
  readonly kind: "done";
  /** Call that submitted it, or null where the reply's text is the artifact. */
  readonly call: string | null;
  readonly artifact: Json;
}

/** The end: the same failure is thrown however often the function is called again. */
export interface FailedEntry extends Entry {
  readonly kind: "failed";
  readonly error: string;
  readonly message: string;
  readonly partial: Json;
}
