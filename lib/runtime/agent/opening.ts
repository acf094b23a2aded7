/** How an agent begins: its instructions, filled with what its model may see of what it is given. */
import type { Json } from "../json.ts";
import { checkInput } from "../model/check-input.ts";
import { clear, type Removal } from "../model/clearance.ts";
import type { Ports } from "../ports.ts";
import type { PromptDocument } from "../prompt/prompt-document.ts";
import { type RenderedPrompt, renderPrompt } from "../prompt/render-prompt.ts";
import { loadStoredValues } from "../stored-value.ts";
import type { AgentCall } from "./agent-call.ts";
import type { AgentDocument } from "./agent-document.ts";

export interface Opening {
  readonly prompt: RenderedPrompt;
  /** The step's `with`, without what was removed. */
  readonly given: Json;
  readonly removed: readonly Removal[];
}

/** Throws `Contract.InputInvalid` for what is given, or for an input that the prompt lacks. */
export async function openingFor(
  { input, model, prompt }: AgentDocument,
  call: AgentCall,
  artifacts: Pick<Ports["artifacts"], "open">,
): Promise<Opening> {
  const all = await loadStoredValues(call.input, artifacts);
  checkInput(all, input, call.step.id);
  const { value: given, removed } = clear(all, input, model.clearance);
  return { prompt: renderPrompt(prompt, inputsOf(prompt, given), removed), given, removed };
}

/** What is no input of the instructions may still be what tools act on: `ToolCall.given` has all. */
function inputsOf({ inputs }: PromptDocument, given: Json): Json {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(inputs, name)));
}
