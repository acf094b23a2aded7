/** What becomes of a tool call that a model asks for, before anything is called. */
import type { ErrorName } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { problemsText, validate } from "../json-schema.ts";
import type { AgentDocument, ToolDocument } from "./agent-document.ts";
import { type Call, SUBMIT, type Turn } from "./agent-state.ts";
import { artifactIn, type OfferedTools, READ_RESULT, READ_RESULT_INPUT } from "./offered-tools.ts";

export type Judgement =
  | { readonly kind: "refused"; readonly error: ErrorName; readonly message: string }
  | { readonly kind: "execute"; readonly tool: ToolDocument }
  | { readonly kind: "ask"; readonly tool: ToolDocument }
  | { readonly kind: "readResult"; readonly reference: string; readonly from: number }
  | { readonly kind: "submit"; readonly artifact: Json };

/** A function's payload holds arguments and what the agent was given; a prompt does not need more. */
const MAX_ARGUMENT_BYTES = 128 * 1024;

/** Judges by the name, the arguments, and what else the model asks for in the same turn. */
export function judgeCall(
  call: Call,
  turn: Turn,
  document: AgentDocument,
  offered: OfferedTools,
): Judgement {
  const { name, input } = call;
  if (name === SUBMIT && offered.hasSubmit) return judgeSubmit(call, turn, document);
  const tool = offered.tools.get(name);
  const schema = tool?.input ?? (name === READ_RESULT ? READ_RESULT_INPUT : undefined);
  if (schema === undefined || (!tool && offered.tools.size === 0)) {
    return refused("Tool.NotAllowed", notAllowed(name, offered));
  }
  const problem = argumentsProblem(input, schema);
  if (problem !== undefined) return refused("Tool.ArgumentsInvalid", problem);
  if (!tool) {
    const { reference, from = 0 } = input as { reference: string; from?: number };
    return { kind: "readResult", reference, from };
  }
  return { kind: offered.needsApproval(tool) ? "ask" : "execute", tool };
}

function judgeSubmit(call: Call, turn: Turn, document: AgentDocument): Judgement {
  if (turn.calls.length > 1) {
    return refused(
      "Tool.NotAllowed",
      `"${SUBMIT}" was called together with other calls, and was not done: submit alone, after you ` +
        "have seen the other calls' results.",
    );
  }
  const artifact = artifactIn(call.input, document);
  if (artifact === undefined) {
    return refused("Contract.OutputInvalid", `"${SUBMIT}" takes { "artifact": … }.`);
  }
  const checked = validate(document.artifact, artifact);
  return checked.ok
    ? { kind: "submit", artifact }
    : refused(
        "Contract.OutputInvalid",
        `The artifact does not fit its contract:\n${problemsText(checked.problems)}\nSubmit it again.`,
      );
}

/** What is wrong with arguments, for the model; undefined if nothing is. */
export function argumentsProblem(input: Json, schema: JsonObject): string | undefined {
  if (typeof input === "string") return "The arguments are no JSON. Nothing was called.";
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return "The arguments must be a JSON object. Nothing was called.";
  }
  const text = JSON.stringify(input);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_ARGUMENT_BYTES) {
    return `The arguments have ${bytes} bytes, and may have ${MAX_ARGUMENT_BYTES}. Nothing was called.`;
  }
  // The wrapper around the tool would load what it names, whoever stored it.
  if (text.includes('"$stored":')) {
    return 'No argument may have a member "$stored". Nothing was called.';
  }
  const checked = validate(schema, input);
  if (checked.ok) return undefined;
  return `The arguments do not fit:\n${problemsText(checked.problems)}\nNothing was called.`;
}

function notAllowed(name: string, { tools, hasSubmit }: OfferedTools): string {
  const known = [...tools.keys(), ...(hasSubmit ? [SUBMIT] : [])];
  const shown = JSON.stringify(name.slice(0, 80));
  return `There is no tool ${shown}. There are: ${known.join(", ") || "none"}.`;
}

function refused(error: ErrorName, message: string): Judgement {
  return { kind: "refused", error, message };
}
