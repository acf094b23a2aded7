import type { JsonObject } from "../json.ts";
/** What the function of a prompt step is given beside its code. */
import type { PromptDocument } from "./prompt-document.ts";

export interface PromptStepDocument {
  readonly prompt: PromptDocument;
  readonly input: JsonObject | true;
}
