import { StepError } from "../errors.ts";
import type { ConverseOptions, Model, ModelReply, ModelRequest } from "./model.ts";

/**
 * One call that may take `seconds`. After that it is given up with `Model.Unavailable`; if the step
 * itself is out of time, with the signal's reason.
 */
export async function converseWithin(
  model: Model,
  request: ModelRequest,
  { seconds, signal, ...options }: ConverseOptions & { readonly seconds: number },
): Promise<ModelReply> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const late = new StepError(
    "Model.Unavailable",
    `The model ${request.modelId} has not answered within ${seconds} s.`,
  );
  const timer = setTimeout(() => controller.abort(late), seconds * 1000);
  try {
    return await model.converse(request, { ...options, signal: controller.signal });
  } catch (error) {
    // Whatever the abort has set off in the adapter: this is why.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
