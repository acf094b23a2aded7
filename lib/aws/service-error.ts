/** What the AWS SDK throws for an answer of a service, without loading the SDK to tell. */
export interface ServiceError extends Error {
  readonly $metadata: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** Whether a service has answered with an error of one of these names (none given: any). */
export function isServiceError(error: unknown, ...names: readonly string[]): error is ServiceError {
  return (
    error instanceof Error &&
    "$metadata" in error &&
    (names.length === 0 || names.includes(error.name))
  );
}

/** Whether a service has answered with this HTTP status. */
export function hasStatus(error: unknown, status: number): error is ServiceError {
  return isServiceError(error) && error.$metadata?.httpStatusCode === status;
}
