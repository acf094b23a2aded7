/** What a service said about a message that it did not take. */
import { NotifyFailed } from "../runtime/approval/notifier.ts";
import { isServiceError } from "./service-error.ts";

/** Whether it may work in a moment: the service is busy or unreachable, rather than of another mind. */
export function notifyFailure(
  service: string,
  error: unknown,
  passing: readonly string[],
): NotifyFailed {
  if (!isServiceError(error)) {
    return new NotifyFailed(`${service} cannot be reached`, { retry: true, cause: error });
  }
  const status = error.$metadata.httpStatusCode ?? 0;
  const retry = status >= 500 || status === 429 || passing.includes(error.name);
  return new NotifyFailed(`${service} refused it: ${error.name}`, { retry, cause: error });
}
