/** What functions know of `notify` of their environment. Its grammar has checked it. */
import type { NotifySettings } from "../../manifest/environment/notify-settings.ts";

export type { NotifySettings } from "../../manifest/environment/notify-settings.ts";
export type { SecretReference as SecretPlace } from "../../manifest/environment/secret-reference.ts";

/** `notify.json` in the package of a function that tells people. */
export interface NotifyDocument {
  readonly format: 1;
  readonly settings: NotifySettings;
}
