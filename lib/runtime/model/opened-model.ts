import type { Model, ModelReply } from "./model.ts";

/** A model, ready to be asked, and the id that requests to it carry. */
export interface OpenedModel {
  readonly adapter: Exclude<ModelReply["answeredBy"]["adapter"], "cache">;
  readonly modelId: string;
  readonly model: Model;
}
