/** Who answers in the place of a model, as the host has said. */
import { pathToFileURL } from "node:url";
import type { Model, ModelDocument, ModelSettings } from "../../../runtime/model/model.ts";
import { type ModelWorld, openModel } from "../../../runtime/model/open-model.ts";
import type { OpenedModel } from "../../../runtime/model/opened-model.ts";
import { recordingFolder } from "../../../runtime/model/recording-folder.ts";
import { isStandIn, type StandInDefinition } from "../../../runtime/model/stand-in.ts";
import type { AskingWork } from "../hosted-function.ts";
import type { WorkerStart } from "../protocol.ts";

type BedrockModel = (settings: Extract<ModelSettings, { adapter: "bedrock" }>) => Model;

/**
 * Loads what the adapter needs, and nothing of the others. The result throws `Model.RequestInvalid` if
 * the model cannot be asked.
 */
export async function localModel({
  work,
  models,
}: WorkerStart<AskingWork>): Promise<(document: ModelDocument) => OpenedModel> {
  const { settings, bedrock } = models ?? { settings: { adapter: "stand-in" }, bedrock: null };
  const world: ModelWorld = {
    env: process.env,
    recordings: recordingFolder,
    ...(asksStandIn(settings) &&
      work.standIn !== null && { standIn: await loadStandIn(work.standIn) }),
    ...(bedrock !== null && { bedrock: await loadBedrock(bedrock) }),
  };
  return (document) => openModel(settings, document, world);
}

function asksStandIn(settings: ModelSettings): boolean {
  if (settings.adapter === "recording" && settings.from) return asksStandIn(settings.from);
  return settings.adapter === "stand-in";
}

async function loadStandIn(file: string): Promise<StandInDefinition> {
  const { default: found } = (await load(file)) as { readonly default?: unknown };
  if (isStandIn(found)) return found;
  throw new Error(`${file} does not export a stand-in: export default standIn((request) => …).`);
}

async function loadBedrock(file: string): Promise<BedrockModel> {
  const { bedrockModel } = (await load(file)) as { readonly bedrockModel?: BedrockModel };
  if (bedrockModel) return bedrockModel;
  throw new Error(`${file} does not export "bedrockModel".`);
}

function load(file: string): Promise<unknown> {
  return import(pathToFileURL(file).href);
}
