import type { AwsAccess } from "./client-settings.ts";
import { lazy } from "./lazy.ts";

/** Loads the client's code, and makes it, when it is first needed. */
export const lazySns = (access: AwsAccess = {}) =>
  lazy(async () => (await import("./sns-calls.ts")).makeSnsClient(access));
