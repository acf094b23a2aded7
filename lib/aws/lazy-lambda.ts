import type { AwsAccess } from "./client-settings.ts";
import { lazy } from "./lazy.ts";

/** Loads the client's code, and makes it, when it is first needed. */
export const lazyLambda = (access: AwsAccess = {}) =>
  lazy(async () => (await import("./lambda-calls.ts")).makeLambdaClient(access));

/** The same for calls that may take minutes; see `makePatientLambdaClient`. */
export const lazyPatientLambda = () =>
  lazy(async () => (await import("./lambda-calls.ts")).makePatientLambdaClient());
