import { isStepError, StepError } from "./errors.ts";
import type { Redactor } from "./redaction.ts";

/**
 * What Step Functions sees of what a handler threw. A `StepError` keeps its name, and so does an error
 * of an AWS SDK client (`ThrottlingException`, …), so that a manifest can retry it. After the step's
 * time was up, what the abort set off counts as the timeout. All else is `Step.Failed`: names like
 * `TypeError` are accidents of the code, and no manifest should depend on them. The message keeps the
 * original name, the stack stays the original one, and the error itself is the `cause`.
 */
export function toStepError(thrown: unknown, signal: AbortSignal, redactor: Redactor): Error {
  if (signal.aborted && isAbort(thrown, signal)) return toStepError(signal.reason, NEVER, redactor);
  const name = isStepError(thrown) || isServiceError(thrown) ? thrown.name : "Step.Failed";
  const message = redactor.text(messageOf(thrown, name));
  const details = isStepError(thrown) ? redactor.value(thrown.details ?? null) : undefined;
  const error = new StepError(name, message, details ?? undefined, { cause: thrown });
  if (thrown instanceof Error && thrown.stack) {
    // "NAME: MESSAGE" begins the stack: it must name what we report, and hold nothing unmasked.
    const frames = thrown.stack.split("\n").filter((line) => /^\s+at /.test(line));
    error.stack = [`${name}: ${message}`, ...frames].join("\n");
  }
  return error;
}

const NEVER = new AbortController().signal;

function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  return thrown === signal.reason || (thrown instanceof Error && thrown.name === "AbortError");
}

/** Errors of AWS SDK clients say which side is at fault. */
function isServiceError(thrown: unknown): thrown is Error {
  return (
    thrown instanceof Error &&
    ("$fault" in thrown || "$metadata" in thrown) &&
    thrown.name !== "Error"
  );
}

function messageOf(thrown: unknown, name: string): string {
  if (!(thrown instanceof Error))
    return `The handler threw ${JSON.stringify(thrown) ?? "nothing"}.`;
  const isNamed = thrown.name === name || thrown.name === "Error";
  const text = isNamed ? thrown.message : `${thrown.name}: ${thrown.message}`;
  return text === "" ? thrown.name : text;
}
