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
