/** What a model's reply means for the loop: a function of the journal, the same at each re-entry. */

import type { ErrorName } from "../errors.ts";
import type { Json } from "../json.ts";
import { problemsText, validate } from "../json-schema.ts";
import type { AgentDocument } from "./agent-document.ts";
import { SUBMIT, type Turn } from "./agent-state.ts";

export type Reading =
  /** Tools are asked for. */
  | { readonly kind: "calls" }
  /** The text is the artifact. */
  | { readonly kind: "artifact"; readonly artifact: Json }
  /** The model is told `text` and may try again; `error` names the failure if it does so too often. */
  | { readonly kind: "repair"; readonly error: ErrorName; readonly text: string }
  /** The model could not take what it was sent: it is sent less. */
  | { readonly kind: "elide" }
  | { readonly kind: "end"; readonly error: ErrorName; readonly text: string };

export type ReadTurn = (turn: Turn) => Reading;

/** Reads each turn once. */
export function turnReader(document: AgentDocument): ReadTurn {
  const known = new WeakMap<Turn, Reading>();
  return (turn) => {
    const reading = known.get(turn) ?? readTurn(turn, document);
    known.set(turn, reading);
    return reading;
  };
}

function readTurn(turn: Turn, document: AgentDocument): Reading {
  const { stopReason, refused, guardrail } = turn.reply;
  switch (stopReason) {
    case "content_filtered":
      return { kind: "end", error: "Model.Refused", text: "The model refused to answer." };
    case "guardrail_intervened":
      return {
        kind: "end",
        error: "Guardrail.Blocked",
        text: `The guardrail blocked this: ${guardrail?.join(", ") || "it does not say why"}.`,
      };
    case "model_context_window_exceeded":
      return { kind: "elide" };
    case "malformed_model_output":
    case "malformed_tool_use":
      return repair(`${refused ?? "Your reply was malformed."} Nothing of it was done. Try again.`);
    case "max_tokens":
      return repair(
        "Your reply was cut off at its largest length; tool calls in it were not made. " +
          "Go on from there, in smaller parts.",
      );
    case "tool_use":
    case "end_turn":
    case "stop_sequence":
      if (turn.calls.length > 0) return { kind: "calls" };
      return readText(turn, document);
    default:
      return stopReason satisfies never;
  }
}

function readText({ reply }: Turn, document: AgentDocument): Reading {
  const text = reply.content.map((block) => ("text" in block ? block.text : "")).join("");
  if (document.model.structuredOutput !== "textFormat") {
    return repair(
      text.trim() === ""
        ? `Your reply was empty. Call a tool, or finish by calling "${SUBMIT}".`
        : `Nobody reads plain text here. Go on with your task, or finish by calling "${SUBMIT}".`,
    );
  }
  const read = parse(text);
  if (!read.ok) return badArtifact(`it is no JSON: ${read.problem}`);
  const checked = validate(document.artifact, read.value);
  return checked.ok
    ? { kind: "artifact", artifact: read.value }
    : badArtifact(problemsText(checked.problems));
}

function repair(text: string): Reading {
  return { kind: "repair", error: "Model.OutputInvalid", text };
}

function badArtifact(problems: string): Reading {
  return {
    kind: "repair",
    error: "Contract.OutputInvalid",
    text: `Your answer does not fit its contract:\n${problems}\nAnswer again, with JSON only.`,
  };
}

function parse(
  text: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string } {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message.slice(0, 200) : "" };
  }
}
