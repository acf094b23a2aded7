/** The host of a model step: `modelHandler(adapters)` makes the function's handler. */
import { openBudget } from "../../lib/runtime/budget/budget.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { withKitCall } from "../../lib/runtime/kit-call.ts";
import { runModelStep } from "../../lib/runtime/model/model-step.ts";
import type { ModelStepDocument } from "../../lib/runtime/model/model-step-document.ts";
import { kitOptions, kitPorts, readDocument } from "../kit-function.ts";
import type { LambdaContext } from "../lambda-context.ts";
import { type ModelAdapters, openAdapter } from "../model-adapters.ts";

export type ModelHandler = (payload: unknown, context: LambdaContext) => Promise<Json>;

export function modelHandler(adapters: ModelAdapters): ModelHandler {
  const document = readDocument<ModelStepDocument>();
  const model = openAdapter(document.model, adapters);
  const ports = kitPorts();
  return (payload, context) =>
    withKitCall(payload, kitOptions(context, ports, document.input), (call, around) => {
      const budget = openBudget(document.budget, call, ports, { signal: around.signal });
      return runModelStep(document, call, { ...ports, ...around, model, budget });
    });
}
