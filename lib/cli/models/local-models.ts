/** Who answers in the place of models on this machine: `models` of bundles/environments/local.yaml. */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelHosting } from "../../local/functions/index.ts";
import { LOCAL_ENVIRONMENT } from "../../manifest/environment/local.ts";
import type { ModelSettings as WrittenSettings } from "../../manifest/environment/model-settings.ts";
import type { ModelSettings } from "../../runtime/model/model.ts";
import { Failure } from "../failure.ts";

/** Compiled and loaded by the workers that ask Bedrock, and by nothing else. */
const BEDROCK = fileURLToPath(new URL("../../aws/bedrock-model.ts", import.meta.url));

/**
 * What the environment of this machine says, in its folder; a stand-in where it says nothing. Throws
 * `Failure` `EnvironmentInvalid` if its file has any error.
 */
export async function localModels(environments: string): Promise<ModelHosting> {
  // Loaded when needed: reading YAML would slow down every `espalier --help`.
  const { loadEnvironment, modelSettingsOf } = await import(
    "../../manifest/environment/load-environments.ts"
  );
  const { environment, diagnostics } = loadEnvironment(LOCAL_ENVIRONMENT, environments);
  if (!environment) {
    throw new Failure("EnvironmentInvalid", "The environment of this machine has errors", {
      diagnostics,
      hint: "It says who answers models here. Nothing was started.",
    });
  }
  const project = dirname(dirname(environments));
  return { settings: settingsOf(modelSettingsOf(environment), project), bedrock: BEDROCK };
}

/** As the adapters take them; the grammar has checked which keys each needs. */
function settingsOf(written: WrittenSettings, project: string): ModelSettings {
  const { adapter, region, endpoint, apiKey, recordings, from } = written;
  switch (adapter) {
    case "stand-in":
      return { adapter };
    case "bedrock":
      return {
        adapter,
        ...(region !== undefined && { region }),
        ...(endpoint !== undefined && { endpoint }),
      };
    case "openai":
      return { adapter, endpoint: endpoint ?? "", ...(apiKey && { apiKey }) };
    case "recording":
      return {
        adapter,
        recordings: resolve(project, recordings ?? ""),
        ...(from && { from: settingsOf(from, project) }),
      };
    default:
      return adapter satisfies never;
  }
}
