import { Failure } from "../failure.ts";
import { safeText } from "../text/safe-text.ts";
import { type AwsTarget, targetText } from "./aws-target.ts";

/** Of what the SDK throws, by shape and name: telling must not load it. */
interface AwsError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const EXPIRED = /^(ExpiredToken|ExpiredTokenException|TokenProviderError|TokenRefreshRequired)$/;
const UNKNOWN_IDENTITY =
  /^(UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken.*|AuthFailure)$/;
const DENIED =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|Forbidden|NotAuthorized)$/;
const THROTTLED =
  /^(Throttling|ThrottlingException|TooManyRequests.*|ProvisionedThroughput.*|SlowDown)$/;
const NETWORK =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError|CERT_.*|DEPTH_ZERO.*|SELF_SIGNED.*|UNABLE_TO.*)$/;

/** In words what AWS, or the way to it, refused; undefined for an error of another kind. */
export function awsFailure(thrown: unknown, target: AwsTarget): Failure | undefined {
  if (!(thrown instanceof Error) || thrown instanceof Failure) {
    return undefined;
  }
  const error: AwsError = thrown;
  const { name } = error;
  const said = safeText(error.message.split("\n")[0] ?? "").replace(/\.$/, "");
  const fail = (code: string, message: string, hint: string) =>
    new Failure(code, message, { hint, cause: error });
  if (EXPIRED.test(name) || (name === "CredentialsProviderError" && /expired/i.test(said))) {
    return fail(
      "CredentialsExpired",
      "The credentials for AWS have expired",
      "Sign in again (aws sso login, or however you get them), then repeat the command.",
    );
  }
  if (name === "CredentialsProviderError") {
    const of = target.profile === undefined ? "" : ` in the profile "${target.profile}"`;
    const message = `There are no credentials for AWS${of}: ${said}`;
    return fail("CredentialsMissing", message, signIn(target));
  }
  if (name === "Error" && /^Region is missing/.test(said)) {
    return fail(
      "RegionMissing",
      "It is not known in which region of AWS to look",
      "Give --region, or set AWS_REGION, or a region in the profile.",
    );
  }
  if (UNKNOWN_IDENTITY.test(name)) {
    return fail("CredentialsInvalid", `AWS does not accept the credentials: ${said}`, whoAmI());
  }
  if (DENIED.test(name) || (isAnswer(error) && error.$metadata?.httpStatusCode === 403)) {
    return fail(
      "AccessDenied",
      `AWS denies it: ${said || name}`,
      `These credentials lack a permission on ${targetText(target)}.\n${whoAmI()}`,
    );
  }
  if (THROTTLED.test(name)) {
    return fail("AwsThrottled", `AWS is too busy for this account: ${said}`, "Try again shortly.");
  }
  if (NETWORK.test(name) || (typeof error.code === "string" && NETWORK.test(error.code))) {
    return fail(
      "AwsUnreachable",
      `AWS does not answer: ${said || name}`,
      "Look at the network, at --region, and at AWS_ENDPOINT_URL if it is set.",
    );
  }
  return isAnswer(error)
    ? fail("AwsRefused", `AWS refuses it with ${name}: ${said}`, incomplete(target))
    : undefined;
}

/** Whether a service has answered, as opposed to a defect of ours. */
function isAnswer(error: AwsError): boolean {
  return typeof error.$metadata?.httpStatusCode === "number";
}

function signIn({ profile }: AwsTarget): string {
  return profile === undefined
    ? "Give --profile, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    : `Look at the profile "${profile}" in ~/.aws/config, or sign in: aws sso login --profile ${profile}`;
}

function whoAmI(): string {
  return "aws sts get-caller-identity says as whom you work.";
}

function incomplete(target: AwsTarget): string {
  return `If parts of ${targetText(target)} were removed by hand, espalier deploy makes them again.`;
}
