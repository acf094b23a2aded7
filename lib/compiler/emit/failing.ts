/** Retries and catches: from the manifest's error names to what Step Functions matches. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Catch, Retry } from "../../manifest/manifest.ts";
import type { ErrorName } from "../../runtime/errors.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { TRANSIENT_LAMBDA_ERRORS } from "./work-states.ts";

const TRANSIENT: JsonObject = {
  IntervalSeconds: 2,
  MaxAttempts: 6,
  BackoffRate: 2,
  JitterStrategy: "FULL",
};

/** Another attempt of the same effect is under way (`lib/runtime/effect-once.ts`). */
const IN_PROGRESS: ErrorName = "Step.InProgress";

/**
 * The step's own retries; before them, for a Lambda function, the one for transient errors of the
 * service, less the errors that the step itself names. `attempt` is given for a step with an effect:
 * it happens once, so an attempt that meets another one under way waits until that one's time is up.
 */
export function retriers(
  retries: readonly Retry[],
  invokesLambda: boolean,
  attempt: { readonly seconds: number } | undefined,
): JsonObject[] {
  const own = retries.map((retry) => ({
    ErrorEquals: [...retry.on],
    IntervalSeconds: retry.interval,
    MaxAttempts: retry.attempts,
    BackoffRate: retry.backoff,
    ...(retry.maxDelay !== undefined && { MaxDelaySeconds: retry.maxDelay }),
    JitterStrategy: retry.jitter.toUpperCase(),
  }));
  if (!invokesLambda) return own;
  const named = new Set<string>(retries.flatMap((retry) => retry.on));
  const transient = TRANSIENT_LAMBDA_ERRORS.filter((name) => !named.has(name));
  const first = transient.length === 0 ? [] : [{ ErrorEquals: transient, ...TRANSIENT }];
  if (attempt === undefined || named.has(IN_PROGRESS)) return [...first, ...own];
  const wait = { IntervalSeconds: attempt.seconds, MaxAttempts: 3, BackoffRate: 1 };
  return [...first, { ErrorEquals: [IN_PROGRESS], ...wait }, ...own];
}

/** A catcher to be: what it matches, and `$error` for those who catch it. */
export interface Caught {
  readonly matches: readonly string[];
  readonly error: Json;
  /** Index into the step's `catch`; undefined for the approval's own end. */
  readonly clause: number | undefined;
}

/**
 * JSONata rather than JSON, so that a `set` may take it in. An error without a cause has an empty
 * one here: reading nothing would be an error of its own.
 */
const CAUGHT =
  '{% {"name": $states.errorOutput.Error, "cause": $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ""} %}';

export function catchers(clauses: readonly Catch[]): Caught[] {
  return clauses.map((clause, index) => ({ matches: clause.on, error: CAUGHT, clause: index }));
}

/** How an approval that nobody decided in time fails. */
export function expiry(id: string, policy: ApprovalPolicy | undefined): JsonObject {
  const late = `nobody decided "${id}" within ${policy?.deadline ?? "the deadline"}`;
  return policy?.onExpiry === "reject"
    ? { name: "Approval.Rejected", cause: `expired: ${late}` }
    : { name: "Approval.Expired", cause: late };
}

/**
 * Step Functions reports a missed deadline as States.Timeout; the manifest knows it by the approval's
 * own error. The first clause that matches that error gets it, else the run fails with it.
 */
export function approvalCatchers(
  clauses: readonly Catch[],
  id: string,
  policy: ApprovalPolicy | undefined,
): Caught[] {
  const error = expiry(id, policy);
  const matching = ["States.Timeout", "States.TaskFailed", "States.ALL", String(error.name)];
  const first = clauses.findIndex((clause) => clause.on.some((name) => matching.includes(name)));
  const own: Caught[] = [];
  for (const caught of catchers(clauses)) {
    if (caught.clause === first) own.push({ matches: ["States.Timeout"], error, clause: first });
    const rest = caught.matches.filter((name) => name !== "States.Timeout");
    if (rest.length > 0) own.push({ ...caught, matches: rest });
  }
  if (first < 0) own.push({ matches: ["States.Timeout"], error, clause: undefined });
  return own;
}
