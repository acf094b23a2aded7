/** Which adapter answers, by the function's variable, and what of it lies in its package. */
import { variable } from "../lib/aws/function-variables.ts";
import type { ModelDocument, ModelSettings } from "../lib/runtime/model/model.ts";
import { type ModelWorld, openModel } from "../lib/runtime/model/open-model.ts";
import type { OpenedModel } from "../lib/runtime/model/opened-model.ts";
import { isStandIn } from "../lib/runtime/model/stand-in.ts";

/** Only what the environment's adapter needs: `index.mjs`, which `lib/constructs` writes, names it. */
export interface ModelAdapters extends Pick<ModelWorld, "bedrock" | "secret"> {
  /** Default export of the bundle's script. */
  readonly standIn?: unknown;
}

/** Opens the model once; throws, where the function is loaded, what no call could ever get right. */
export function openAdapter(
  document: ModelDocument,
  { standIn, ...adapters }: ModelAdapters,
): OpenedModel {
  const settings = JSON.parse(variable("models")) as ModelSettings;
  return openModel(settings, document, {
    ...adapters,
    ...(isStandIn(standIn) && { standIn }),
  });
}
