import type { ModelSettings } from "../../runtime/model/model.ts";
import { asksModel, type FunctionWork } from "./hosted-function.ts";

/** Variables of the host that every function gets: where things are, and nothing that is secret. */
const PASSED = [
  "PATH",
  "HOME",
  "TMPDIR",
  "TEMP",
  "TMP",
  "LANG",
  "LC_ALL",
  "TZ",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL",
  "AWS_PROFILE",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "NODE_EXTRA_CA_CERTS",
  "npm_config_registry",
  "npm_config_cache",
] as const;

/** The environment of a function: a few harmless variables of the host, those named, and Lambda's own. */
export function functionEnvironment(
  hosted: { readonly name: string; readonly memory: number },
  host: Readonly<Record<string, string | undefined>>,
  named: readonly string[],
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of [...PASSED, ...named]) {
    const value = host[name];
    if (value !== undefined) environment[name] = value;
  }
  return {
    ...environment,
    AWS_LAMBDA_FUNCTION_NAME: hosted.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(hosted.memory),
  };
}

/** How the SDK for JavaScript finds credentials, besides files, which every function may read. */
const CREDENTIALS = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
  "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
] as const;

/**
 * Variables with keys: those of a model's service go to functions that ask models, that of an MCP
 * server to its own function, and none to steps and tools.
 */
export function keyVariables(work: FunctionWork, settings: ModelSettings): readonly string[] {
  if (asksModel(work)) return modelVariables(settings);
  if (work.kind !== "mcp" || !("url" in work.document.server)) return [];
  const { apiKey } = work.document.server;
  return apiKey && "env" in apiKey ? [apiKey.env] : [];
}

function modelVariables(settings: ModelSettings): readonly string[] {
  switch (settings.adapter) {
    case "stand-in":
      return [];
    case "bedrock":
      return CREDENTIALS;
    case "openai":
      return settings.apiKey && "env" in settings.apiKey ? [settings.apiKey.env] : [];
    case "recording":
      return settings.from ? modelVariables(settings.from) : [];
    default:
      return settings satisfies never;
  }
}
