/** Retries and catches: from the manifest's error names to what Step Functions matches. */
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Catch, Retry } from "../../manifest/manifest.ts";
import type { ErrorName } from "../../runtime/errors.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { type CallStep, TRANSIENT_LAMBDA_ERRORS } from "./work-states.ts";

const TRANSIENT: JsonObject = {
  IntervalSeconds: 2,
  MaxAttempts: 6,
  BackoffRate: 2,
  JitterStrategy: "FULL",
};

/** Another attempt of the same effect is under way (`lib/runtime/effect-once.ts`). */
const IN_PROGRESS: ErrorName = "Step.InProgress";

/** A model that is busy or away: waiting is all that helps, and costs nothing. */
const BUSY_MODEL: JsonObject = {
  ErrorEquals: ["Model.Throttled", "Model.Unavailable"] satisfies ErrorName[],
  IntervalSeconds: 5,
  MaxAttempts: 8,
  BackoffRate: 2,
  MaxDelaySeconds: 120,
  JitterStrategy: "FULL",
};

/**
 * An agent's function that ended in the middle: its journal says where to go on.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
 */
const CRASHED_ERRORS = [
  "Lambda.Unknown",
  "Sandbox.Timedout",
  "Runtime.ExitError",
  "States.Timeout",
] as const;
const CRASHED: JsonObject = {
  ErrorEquals: [...CRASHED_ERRORS],
  IntervalSeconds: 2,
  MaxAttempts: 3,
  BackoffRate: 2,
  JitterStrategy: "FULL",
};

/** Another call of the same agent is at work; it ends within a quarter of an hour. */
const AGENT_AT_WORK: JsonObject = {
  ErrorEquals: [IN_PROGRESS],
  IntervalSeconds: 60,
  MaxAttempts: 16,
  BackoffRate: 1,
};

/** What stands behind a state, as far as it decides about retries. */
export type Behind = "other" | "function" | "model" | "agent" | "approval" | "schedule";

const DEFAULTS: Readonly<Record<Behind, readonly JsonObject[]>> = {
  other: [],
  function: [{ ErrorEquals: [...TRANSIENT_LAMBDA_ERRORS], ...TRANSIENT }],
  approval: [{ ErrorEquals: [...TRANSIENT_LAMBDA_ERRORS], ...TRANSIENT }],
  // It only computes, so it may do so once more whatever became of the first attempt.
  schedule: [{ ErrorEquals: [...TRANSIENT_LAMBDA_ERRORS, ...CRASHED_ERRORS], ...TRANSIENT }],
  model: [{ ErrorEquals: [...TRANSIENT_LAMBDA_ERRORS], ...TRANSIENT }, BUSY_MODEL, AGENT_AT_WORK],
  agent: [
    { ErrorEquals: [...TRANSIENT_LAMBDA_ERRORS], ...TRANSIENT },
    CRASHED,
    BUSY_MODEL,
    AGENT_AT_WORK,
  ],
};

/** Kinds of steps that are one state of work each, beside calls of functions. */
export type WorkKind = "emit" | "workflow" | "wait" | "parallel" | "map";

export const BEHIND: Readonly<Record<CallStep["kind"] | Exclude<WorkKind, "wait">, Behind>> = {
  task: "function",
  model: "model",
  retrieve: "function",
  memory: "function",
  prompt: "function",
  emit: "other",
  workflow: "other",
  parallel: "other",
  map: "other",
};

/** In an express run, nobody waits for minutes: a model that is busy fails the step at once. */
export function behindIn(express: boolean, behind: Behind): Behind {
  return express && (behind === "model" || behind === "agent") ? "function" : behind;
}

/**
 * The step's own retries; before them those that always make sense, less the errors that the step
 * itself names. `attempt` is given for a step with an effect:
 * it happens once, so an attempt that meets another one under way waits until that one's time is up.
 */
export function retriers(
  retries: readonly Retry[],
  behind: Behind,
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
  const wait = attempt && { IntervalSeconds: attempt.seconds, MaxAttempts: 3, BackoffRate: 1 };
  const defaults = [
    ...DEFAULTS[behind],
    ...(wait ? [{ ErrorEquals: [IN_PROGRESS], ...wait }] : []),
  ];
  const named = new Set<string>(retries.flatMap((retry) => retry.on));
  const others = defaults.flatMap(({ ErrorEquals, ...retry }) => {
    const left = (ErrorEquals as string[]).filter((name) => !named.has(name));
    return left.length === 0 ? [] : [{ ErrorEquals: left, ...retry }];
  });
  return [...others, ...own];
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
  const late = `nobody decided "${id}" within ${timeText(policy)}`;
  return policy?.onExpiry === "reject"
    ? { name: "Approval.Rejected", cause: `expired: ${late}` }
    : { name: "Approval.Expired", cause: late };
}

/** `3d`, or `3d and then 1d` with an escalation. */
function timeText(policy: ApprovalPolicy | undefined): string {
  if (!policy) return "the deadline";
  const times = [policy.deadline, ...policy.escalation.map(({ within }) => within)];
  return `${times.join(" and then ")}${policy.businessHours ? " of business hours" : ""}`;
}

/** The same but for such errors: what is left of each, where anything is. */
export function without(all: readonly Caught[], isLeftOut: (name: string) => boolean): Caught[] {
  return all
    .map((caught) => ({ ...caught, matches: caught.matches.filter((name) => !isLeftOut(name)) }))
    .filter(({ matches }) => matches.length > 0);
}

export function withoutTimeout(all: readonly Caught[]): Caught[] {
  return without(all, (name) => name === "States.Timeout");
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
    own.push(...withoutTimeout([caught]));
  }
  if (first < 0) own.push({ matches: ["States.Timeout"], error, clause: undefined });
  return own;
}
