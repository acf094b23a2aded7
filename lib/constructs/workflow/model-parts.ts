/** What the environment's adapter for models needs of a function: code beside its host, a secret. */
import type { ModelDocument, ModelSettings } from "../../runtime/model/model.ts";
import type { Handler } from "../code/handlers.ts";

export interface ModelParts {
  /** Packages beside the host's, and what `index.mjs` names of them. */
  readonly adapters: readonly Handler[];
  /** Path of the stand-in's code in the bundle. */
  readonly standIn: string | undefined;
  /** ARN of the secret that holds the adapter's key. */
  readonly secret: string | undefined;
  /** Whether the role needs what the model component says of Bedrock. */
  readonly asksBedrock: boolean;
}

interface AskingDocument {
  readonly model: ModelDocument;
  readonly standIn: string | null;
}

/**
 * Throws an `Error` for an adapter that could not answer once it is deployed; `what` names the step.
 */
export function modelParts(
  what: string,
  { model, standIn }: AskingDocument,
  settings: ModelSettings,
): ModelParts {
  const none: ModelParts = {
    adapters: [],
    standIn: undefined,
    secret: undefined,
    asksBedrock: false,
  };
  const { adapter } = settings;
  switch (adapter) {
    case "stand-in":
      if (standIn === null) {
        throw new Error(
          `${what}: this environment's models are stand-ins, and this step names none. ` +
            "Give it a `standIn`, or set the environment's `models` to bedrock or openai.",
        );
      }
      return { ...none, standIn };
    case "bedrock":
      expectId(what, model, adapter);
      return { ...none, adapters: ["bedrock"], asksBedrock: true };
    case "openai": {
      expectId(what, model, adapter);
      const { apiKey } = settings;
      if (apiKey === undefined) return none;
      return { ...none, adapters: ["secrets"], secret: secretOf(what, apiKey) };
    }
    case "recording":
      throw new Error(
        `${what}: recordings answer models on one machine only. ` +
          "Set the environment's `models` to bedrock, openai or stand-in.",
      );
    default:
      return adapter satisfies never;
  }
}

/** Throws an `Error` for a key in a variable: functions have only the variables that are made here. */
export function secretOf(
  what: string,
  apiKey: { readonly env: string } | { readonly secret: string },
): string {
  if ("secret" in apiKey) return apiKey.secret;
  throw new Error(
    `${what}: its key is in the variable ${apiKey.env}, which exists on one machine only. ` +
      "Store it in AWS Secrets Manager and write `apiKey: { secret: ARN }`.",
  );
}

function expectId(what: string, model: ModelDocument, adapter: "bedrock" | "openai"): void {
  if (model.ids[adapter] !== undefined) return;
  throw new Error(
    `${what}: the model ${model.component} has no id for ${adapter}, which answers models here. ` +
      "Add it to `ids` of its model.yaml.",
  );
}
