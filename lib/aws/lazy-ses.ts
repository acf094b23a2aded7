import type { AwsAccess } from "./client-settings.ts";
import { lazy } from "./lazy.ts";

/** Loads the client's code, and makes it, when it is first needed. */
export const lazySes = (access: AwsAccess = {}) =>
  lazy(async () => (await import("./ses-calls.ts")).makeSesClient(access));
