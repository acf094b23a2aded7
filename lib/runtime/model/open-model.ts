/** Which adapter answers, by the environment's settings. */
import { StepError } from "../errors.ts";
import type { Model, ModelDocument, ModelSettings } from "./model.ts";
import { openAiModel } from "./openai.ts";
import type { OpenedModel } from "./opened-model.ts";
import { type RecordingStore, recordingModel, withModelId } from "./recording.ts";
import { type StandInDefinition, standInModel } from "./stand-in.ts";

/** What adapters need and only some worlds have. */
export interface ModelWorld {
  /** `bedrockModel` of lib/aws; absent where AWS is not loaded. */
  readonly bedrock?: (settings: Extract<ModelSettings, { adapter: "bedrock" }>) => Model;
  /** The step's or agent's own script; absent if it has none. */
  readonly standIn?: StandInDefinition;
  /** Where recordings are kept. */
  readonly recordings?: (folder: string) => RecordingStore;
  /** Variables of the process that keys are read from. */
  readonly env?: { readonly [name: string]: string | undefined };
  /** Reads a secret by its ARN. */
  readonly secret?: (arn: string) => Promise<string>;
}

/**
 * The adapter that `settings` name, for this model. Nothing is loaded or called before the first
 * request. Throws `Model.RequestInvalid` if the adapter, or the model's id for it, is not to be had.
 */
export function openModel(
  settings: ModelSettings,
  document: ModelDocument,
  world: ModelWorld,
): OpenedModel {
  const { adapter } = settings;
  switch (adapter) {
    case "stand-in": {
      if (!world.standIn) {
        throw impossible(
          document,
          "has no stand-in here. Name a script under `standIn`, or set `models` of the environment to bedrock or openai.",
        );
      }
      return { adapter, modelId: "stand-in", model: standInModel(world.standIn) };
    }
    case "bedrock": {
      if (!world.bedrock) throw impossible(document, "cannot be reached on Bedrock from here.");
      return { adapter, modelId: idOf(document, adapter), model: world.bedrock(settings) };
    }
    case "openai": {
      const apiKey = keyOf(settings.apiKey, world);
      const model = openAiModel({ endpoint: settings.endpoint, ...(apiKey && { apiKey }) });
      return { adapter, modelId: idOf(document, adapter), model };
    }
    case "recording": {
      if (!world.recordings) throw impossible(document, "cannot be answered by recordings here.");
      const store = world.recordings(settings.recordings);
      const from = settings.from && openModel(settings.from, document, world);
      return {
        adapter,
        // Whoever was asked: recordings do not depend on it.
        modelId: `${document.component}@${document.version}`,
        model: from
          ? recordingModel({ store, mode: "record", from: withModelId(from.model, from.modelId) })
          : recordingModel({ store, mode: "replay" }),
      };
    }
    default:
      throw new TypeError(`Unknown adapter ${JSON.stringify(adapter satisfies never)}.`);
  }
}

function idOf(document: ModelDocument, adapter: "bedrock" | "openai"): string {
  const id = document.ids[adapter];
  if (id !== undefined) return id;
  throw impossible(document, `has no id for ${adapter}. Add it to \`ids\` of its model.yaml.`);
}

type ApiKey = Extract<ModelSettings, { adapter: "openai" }>["apiKey"];

function keyOf(apiKey: ApiKey, { env = {}, secret }: ModelWorld) {
  if (apiKey === undefined) return undefined;
  return async (): Promise<string> => {
    if ("secret" in apiKey) {
      if (secret) return secret(apiKey.secret);
      throw new StepError("Model.RequestInvalid", "Secrets cannot be read here; name a variable.");
    }
    const key = env[apiKey.env];
    if (key !== undefined && key !== "") return key;
    throw new StepError(
      "Model.RequestInvalid",
      `The variable ${apiKey.env}, which should hold the model's key, is not set.`,
    );
  };
}

function impossible({ component, version }: ModelDocument, words: string): StepError {
  return new StepError("Model.RequestInvalid", `The model ${component}@${version} ${words}`);
}
