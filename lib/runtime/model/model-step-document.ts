/** What the function of a model step is given beside its code. */
import type { BudgetDocument } from "../agent/agent-document.ts";
import type { JsonObject } from "../json.ts";
import type { PromptDocument } from "../prompt/prompt-document.ts";
import type { ModelDocument } from "./model.ts";

export interface ModelStepDocument {
  readonly model: ModelDocument;
  readonly prompt: PromptDocument;
  /** JSON Schema of the step's `with`, or true. */
  readonly input: JsonObject | true;
  /** JSON Schema of the answer; null: plain text, `{ text }`. */
  readonly output: JsonObject | null;
  /** Answers to byte-identical requests are taken again for so many seconds; null: never. */
  readonly cache: number | null;
  readonly maxTokens: number;
  /** Entry of the bundle's code that answers in place of a model, or null. */
  readonly standIn: string | null;
  readonly budget: BudgetDocument;
}
