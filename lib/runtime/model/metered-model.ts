import type { Metrics } from "../context.ts";
import { costOf } from "./cost.ts";
import type { Model, ModelDocument } from "./model.ts";
import { addModelMetrics } from "./model-log.ts";

/** A model whose replies are counted: tokens, seconds, cost. */
export function meteredModel(
  model: Model,
  { prices }: Pick<ModelDocument, "prices">,
  metrics: Metrics,
): Model {
  return {
    async converse(request, options) {
      const reply = await model.converse(request, options);
      addModelMetrics(reply, costOf(reply.usage, prices), metrics);
      return reply;
    },
  };
}
