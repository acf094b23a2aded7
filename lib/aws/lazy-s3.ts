import type { AwsAccess } from "./client-settings.ts";
import { lazy } from "./lazy.ts";

/** Loads the client's code, and makes it, when it is first needed. */
export const lazyS3 = (access: AwsAccess = {}) =>
  lazy(async () => (await import("./s3-calls.ts")).makeS3Client(access));
