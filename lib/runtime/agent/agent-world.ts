/** What the agent loop needs from the world; a test gives every part of it. */
import type { Budget } from "../budget/budget.ts";
import type { Logger } from "../context.ts";
import type { StepPorts } from "../invoke-step.ts";
import type { Model } from "../model/model.ts";
import type { Tools } from "./agent-call.ts";
import type { ToolDocument } from "./agent-document.ts";
import type { ToolOutcome } from "./journal-entry.ts";
import type { PlannedCall } from "./perform-call.ts";
import type { Received } from "./receive-reply.ts";

export interface AgentWorld {
  readonly model: Model;
  /** As the adapter behind `model` names it: one of the model component's `ids`. */
  readonly modelId: string;
  readonly tools: Tools;
  readonly ports: StepPorts;
  readonly budget: Pick<Budget, "reserve" | "settle">;
  /** Asked before each call of a tool: why it may not be called now, or undefined. Reads the switch. */
  readonly disabled: (tool: Pick<ToolDocument, "name" | "effect">) => Promise<string | undefined>;
  /** When the function is ended hard. */
  readonly deadline: Date;
  /** Aborts shortly before that, and when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Names this call of the function in the journal (Lambda: the request id). */
  readonly holder?: string;
  /** Only in a replay: what was answered once is answered again. */
  readonly recorded?: RecordedWorld | undefined;
}

/** Both may throw `Pause`: there, the function had too little time left. */
export interface RecordedWorld {
  /** What of the model's reply to this very request was taken; undefined: the model is asked. */
  reply(request: string, turn: number): Received | undefined;
  /** What came of a tool's call, whether it was made or not. Throws where nothing is recorded. */
  outcome(call: PlannedCall): ToolOutcome;
}
