import type { ModelSettings } from "../../runtime/model/model.ts";

/** Who answers in the place of models on this machine. */
export interface ModelHosting {
  /** Folders of recordings are absolute. */
  readonly settings: ModelSettings;
  /**
   * A module that exports `bedrockModel(settings)`. It is compiled and loaded by the workers that ask
   * Bedrock, and by nothing else: local work does not load the AWS SDK.
   */
  readonly bedrock?: string;
}

export function asksBedrock(settings: ModelSettings): boolean {
  if (settings.adapter === "recording" && settings.from) return asksBedrock(settings.from);
  return settings.adapter === "bedrock";
}
