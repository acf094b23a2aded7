import type { BedrockAccess } from "./bedrock-calls.ts";
import { lazy } from "./lazy.ts";

/** Loads the client's code, and makes it, when it is first needed. */
export const lazyBedrock = (access: BedrockAccess = {}) =>
  lazy(async () => (await import("./bedrock-calls.ts")).makeBedrockClient(access));
