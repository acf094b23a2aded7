/** What a runtime on this machine takes of bundles/environments/local.yaml: models, and how people are told. */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelHosting } from "../../local/functions/index.ts";
import type { TraceSettings } from "../../manifest/environment/environment.ts";
import { LOCAL_ENVIRONMENT } from "../../manifest/environment/local.ts";
import type { ModelSettings as WrittenSettings } from "../../manifest/environment/model-settings.ts";
import type { ModelSettings } from "../../runtime/model/model.ts";
import type { NotifySettings } from "../../runtime/notify/notify-settings.ts";
import { Failure } from "../failure.ts";

/** Compiled and loaded by the workers that ask Bedrock, and by nothing else. */
const BEDROCK = fileURLToPath(new URL("../../aws/bedrock-model.ts", import.meta.url));

export interface RuntimeSettings {
  readonly models: ModelHosting;
  readonly notify: NotifySettings;
  readonly traces: TraceSettings;
}

/**
 * What the environment of this machine says, in its folder; where it says nothing, stand-ins answer and
 * the outbox has what people are told. Throws `Failure` `EnvironmentInvalid` if its file has any error.
 */
export async function localSettings(environments: string): Promise<RuntimeSettings> {
  // Loaded when needed: reading YAML would slow down every `espalier --help`.
  const { loadEnvironment, modelSettingsOf } = await import(
    "../../manifest/environment/load-environments.ts"
  );
  const { environment, diagnostics } = loadEnvironment(LOCAL_ENVIRONMENT, environments);
  if (!environment) {
    throw new Failure("EnvironmentInvalid", "The environment of this machine has errors", {
      diagnostics,
      hint: "It says who answers models here, and how people are told. Nothing was started.",
    });
  }
  const project = dirname(dirname(environments));
  const settings = settingsOf(modelSettingsOf(environment), project);
  return {
    models: { settings, bedrock: BEDROCK },
    notify: environment.environment.notify ?? {},
    traces: environment.environment.traces ?? { content: false },
  };
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
