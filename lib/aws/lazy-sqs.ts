import type { AwsAccess } from "./client-settings.ts";
import { lazy } from "./lazy.ts";

/** Loads the client's code, and makes it, when it is first needed. */
export const lazySqs = (access: AwsAccess = {}) =>
  lazy(async () => (await import("./sqs-calls.ts")).makeSqsClient(access));
