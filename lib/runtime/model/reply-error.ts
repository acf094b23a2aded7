import { StepError } from "../errors.ts";
import type { ModelReply } from "./model.ts";

/**
 * The error that a reply amounts to, or undefined if there is something to work with:
 * `Model.Refused`, `Guardrail.Blocked` (with the policies that intervened), `Model.Truncated`,
 * `Model.ContextExceeded`. The two malformed stop reasons are no errors: what came can be repaired.
 */
export function replyError({
  stopReason,
  answeredBy,
  ...reply
}: ModelReply): StepError | undefined {
  const { model, adapter } = answeredBy;
  const who = `The model ${model} (${adapter})`;
  const make = (name: string, words: string, details: object = {}) =>
    new StepError(name, `${who} ${words}`, { stopReason, ...answeredBy, ...details });
  switch (stopReason) {
    case "content_filtered":
      return make("Model.Refused", "has refused to answer, or its answer was filtered out.");
    case "guardrail_intervened": {
      const policies = reply.guardrail ?? [];
      // What was only masked is an answer.
      const isMasked = policies.length > 0 && policies.every((each) => each.endsWith("ANONYMIZED"));
      if (isMasked) return undefined;
      const which = policies.length === 0 ? "" : `: ${policies.join("; ")}`;
      return make("Guardrail.Blocked", `was stopped by its guardrail${which}.`, { policies });
    }
    case "max_tokens":
      return make(
        "Model.Truncated",
        `was cut off after ${reply.usage.outputTokens} tokens. Raise \`maxTokens\`, or ask for less.`,
      );
    case "model_context_window_exceeded":
      return make("Model.ContextExceeded", "has run out of context. Give it less.");
    case "end_turn":
    case "malformed_model_output":
    case "malformed_tool_use":
    case "stop_sequence":
    case "tool_use":
      return undefined;
    default:
      return stopReason satisfies never;
  }
}
