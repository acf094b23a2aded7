/** What goes wrong with Bedrock, under our names. */
import { StepError } from "../runtime/errors.ts";
import { isContextText } from "../runtime/model/context-text.ts";
import { masked } from "../runtime/model/masked.ts";
import { isServiceError } from "./service-error.ts";

/** Errors by which the service says: later. */
const THROTTLED = [
  "ThrottlingException",
  "TooManyRequestsException",
  "ServiceQuotaExceededException",
];

/** Errors that another attempt may not meet. */
const UNAVAILABLE = [
  "InternalServerException",
  "InternalFailure",
  "ModelErrorException",
  "ModelNotReadyException",
  "ModelTimeoutException",
  "ServiceUnavailableException",
];

/** What the caller may do about it; all else are the service's words. */
const HINTS: Readonly<Record<string, string>> = {
  AccessDeniedException:
    "The function's role needs bedrock:InvokeModel on the model (and on the models behind an inference profile), and the account access to it.",
  ResourceNotFoundException: "Is the model's id right, and offered in this region?",
  CredentialsProviderError: "There are no credentials.",
  ExpiredTokenException: "The credentials have expired.",
  UnrecognizedClientException: "The credentials are not valid.",
};

/** Errors about signatures repeat the signed request, session token included. */
const UNSPOKEN = /Signature|Token|Client(?!Error)|Credentials/;

export function bedrockError(error: unknown, modelId: string): StepError {
  const name = error instanceof Error ? error.name : "Error";
  const status = isServiceError(error) ? error.$metadata.httpStatusCode : undefined;
  const words = error instanceof Error && !UNSPOKEN.test(name) ? masked(error.message) : "";
  const make = (ours: string, what: string, said = words) =>
    new StepError(
      ours,
      [`${modelId} on Bedrock: ${what} (${name})`, said, HINTS[name] ?? ""]
        .filter((part) => part !== "")
        .join(". "),
      { error: name, ...(status !== undefined && { status }) },
    );
  if (isServiceError(error, ...THROTTLED)) return make("Model.Throttled", "asked too often");
  if (isServiceError(error, ...UNAVAILABLE) || (status ?? 0) >= 500) {
    return make("Model.Unavailable", "no answer");
  }
  if (name === "CredentialsProviderError") return make("Model.RequestInvalid", "not asked", "");
  // No answer of the service: the connection, or a body that could not be read. The SDK's words for
  // the latter quote the body.
  if (status === undefined || status < 300) {
    const { code } = error as { readonly code?: unknown };
    const why = typeof code === "string" ? code : name;
    return new StepError(
      "Model.Unavailable",
      `${modelId} on Bedrock: the answer did not come through (${why}).`,
      { error: name },
    );
  }
  if (status === 429) return make("Model.Throttled", "asked too often");
  if (status === 408 || status === 424) return make("Model.Unavailable", "no answer");
  if (name === "ValidationException" && isContextText(words)) {
    return make("Model.ContextExceeded", "no room for this request");
  }
  return make("Model.RequestInvalid", "the request is refused");
}
