/** Renders a prompt to an artifact. */
import type { Json } from "../../lib/runtime/json.ts";
import { withKitCall } from "../../lib/runtime/kit-call.ts";
import { runPromptStep } from "../../lib/runtime/prompt/prompt-step.ts";
import type { PromptStepDocument } from "../../lib/runtime/prompt/prompt-step-document.ts";
import { kitOptions, kitPorts, readDocument } from "../kit-function.ts";
import type { LambdaContext } from "../lambda-context.ts";

const document = readDocument<PromptStepDocument>();
const { artifacts } = kitPorts();

export function handler(payload: unknown, context: LambdaContext): Promise<Json> {
  return withKitCall(
    payload,
    kitOptions(context, { artifacts }, document.input),
    (call, { logger }) => runPromptStep(document, call, { artifacts, logger }),
  );
}
