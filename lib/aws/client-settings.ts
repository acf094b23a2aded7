/** How all clients of the AWS SDK are set up. */

/**
 * Four attempts, with full jitter between them: the SDK's `standard` mode waits a random part of
 * 2^n × 100 ms (500 ms after throttling), at most 20 s, out of a budget for all calls of the client.
 * What still fails then is Step Functions' to retry: it waits without paying for a function.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
const RETRIES = { retryMode: "standard", maxAttempts: 4 } as const;

/**
 * A dead line must not take all of a function's time: milliseconds to connect, and without a byte.
 */
const PATIENCE = { connectionTimeout: 3_000, socketTimeout: 30_000 } as const;

/** A shell's or a function's own `AWS_MAX_ATTEMPTS` and `AWS_RETRY_MODE` win over ours. */
function retries(): Partial<typeof RETRIES> {
  const { AWS_MAX_ATTEMPTS, AWS_RETRY_MODE } = process.env;
  return {
    ...(AWS_RETRY_MODE === undefined && { retryMode: RETRIES.retryMode }),
    ...(AWS_MAX_ATTEMPTS === undefined && { maxAttempts: RETRIES.maxAttempts }),
  };
}

/** Where and as whom a client works; what is absent comes from the environment, as usual on AWS. */
export interface AwsAccess {
  readonly region?: string;
  /** Name of a profile of `~/.aws`. */
  readonly profile?: string;
}

export function clientSettings({ region, profile }: AwsAccess = {}) {
  return {
    ...retries(),
    requestHandler: PATIENCE,
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
  };
}
