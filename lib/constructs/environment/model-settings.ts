import type { ModelSettings as WrittenSettings } from "../../manifest/environment/model-settings.ts";
import type { ModelSettings } from "../../runtime/model/model.ts";

/** `models` of an environment's file, as functions get it. Its grammar has checked what belongs together. */
export function modelSettings({
  adapter,
  endpoint = "",
  region,
  apiKey,
  recordings = "",
}: WrittenSettings): ModelSettings {
  switch (adapter) {
    case "stand-in":
      return { adapter };
    case "bedrock":
      return { adapter, ...(region && { region }), ...(endpoint && { endpoint }) };
    case "openai":
      return { adapter, endpoint, ...(apiKey && { apiKey }) };
    case "recording":
      return { adapter, recordings };
    default:
      return adapter satisfies never;
  }
}
