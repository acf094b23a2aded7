import { join } from "node:path";
import type { ModelDocument } from "../../runtime/model/model.ts";
import type { OpenedModel } from "../../runtime/model/opened-model.ts";
import type { Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { localSettings } from "../runs/local-settings.ts";

/** Whom `--live` asks: what answers models on this machine, which must not be a stand-in. */
export async function openLive({
  io,
}: Invocation): Promise<(document: ModelDocument) => OpenedModel> {
  const { models } = await localSettings(join(io.cwd, "bundles", "environments"));
  const { settings } = models;
  if (settings.adapter === "stand-in") {
    throw new Failure("NoModel", "On this machine a stand-in answers models: --live asks none", {
      hint: "Name a model's service under `models` in bundles/environments/local.yaml.",
    });
  }
  const [{ openModel }, { recordingFolder }, { bedrockModel }] = await Promise.all([
    import("../../runtime/model/open-model.ts"),
    import("../../runtime/model/recording-folder.ts"),
    import("../../aws/bedrock-model.ts"),
  ]);
  const world = { env: io.env, recordings: recordingFolder, bedrock: bedrockModel };
  return (document) => openModel(settings, document, world);
}
