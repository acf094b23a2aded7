/** The `prompt` step: a rendered prompt as an artifact, with all that it was made from. */

import type { StepCall } from "../call.ts";
import { digestOfJson } from "../canonical-json.ts";
import type { Logger } from "../context.ts";
import type { Json, JsonObject } from "../json.ts";
import { checkInput } from "../model/check-input.ts";
import type { ArtifactRef, Artifacts } from "../ports.ts";
import { loadStoredValues } from "../stored-value.ts";
import type { PromptStepDocument } from "./prompt-step-document.ts";
import { renderPrompt } from "./render-prompt.ts";

export interface PromptStepWorld {
  readonly artifacts: Pick<Artifacts, "put" | "open">;
  readonly logger: Logger;
}

/** What the step returns. The artifact is JSON: `system`, `messages` and this same `provenance`. */
export interface PromptStepOutput {
  readonly prompt: ArtifactRef;
  readonly provenance: PromptProvenance;
}

/** All digests are `sha256:…`; those of JSON values are over their canonical text. */
export interface PromptProvenance {
  /** The template, and the digest of its bytes. */
  readonly source: string;
  readonly template: string;
  readonly inputs: string;
  /** Of `{ system, messages }`. */
  readonly rendered: string;
}

/** Renders and stores. Throws `Contract.InputInvalid`. */
export async function runPromptStep(
  { prompt, input }: PromptStepDocument,
  call: StepCall,
  { artifacts, logger }: PromptStepWorld,
): Promise<Json> {
  const given = await loadStoredValues(call.input, artifacts);
  checkInput(given, input, call.step.id);
  const { system, messages } = renderPrompt(prompt, given);
  const rendered = { system, messages } as unknown as JsonObject;
  const provenance: PromptProvenance = {
    source: prompt.source,
    template: prompt.digest,
    inputs: digestOfJson(given),
    rendered: digestOfJson(rendered),
  };
  const body = Buffer.from(`${JSON.stringify({ ...rendered, provenance }, undefined, 2)}\n`);
  const name = `${call.step.id}.prompt.json`;
  const stored = await artifacts.put(body, { mediaType: "application/json", name });
  logger.info("Rendered a prompt", { prompt: stored.$artifact, ...provenance });
  const output: PromptStepOutput = { prompt: stored, provenance };
  return output as unknown as Json;
}
