/** What functions know of `notify` of their environment. Its grammar has checked it. */
export type { NotifySettings } from "../../manifest/environment/notify-settings.ts";
export type { SecretReference as SecretPlace } from "../../manifest/environment/secret-reference.ts";
