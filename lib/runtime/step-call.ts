import type { StepCall } from "./call.ts";
import { StepError } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";

const RUN_FIELDS = [
  "id",
  "workflow",
  "version",
  "digest",
  "environment",
  "principal",
  "startedAt",
] as const;

/**
 * Reads the payload of a step's function. By hand and not by zod, because every function of every
 * bundle loads this file. Throws `Contract.InputInvalid` if a field of the envelope is missing.
 */
export function readStepCall(payload: unknown): StepCall {
  const call = objectAt(payload, "the payload");
  const run = objectAt(call.run, "run");
  for (const field of RUN_FIELDS) expectType(run[field], "string", `run.${field}`);
  if (run.customer !== null) expectType(run.customer, "string", "run.customer");
  const step = objectAt(call.step, "step");
  expectType(step.id, "string", "step.id");
  expectType(step.iteration, "string", "step.iteration");
  expectType(step.attempt, "number", "step.attempt");
  objectAt(call.config, "config");
  if (call.input === undefined) throw malformed("input", "a JSON value", undefined);
  return call as unknown as StepCall;
}

function objectAt(value: unknown, place: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as { [key: string]: Json };
  }
  throw malformed(place, "an object", value);
}

function expectType(value: unknown, type: "string" | "number", place: string): void {
  if (typeof value !== type) throw malformed(place, `a ${type}`, value);
}

function malformed(place: string, expected: string, value: unknown): StepError {
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  return new StepError(
    "Contract.InputInvalid",
    `This function takes the call of a step: ${place} must be ${expected}, found ${found}. ` +
      "The compiled state machine sends { run, step, input, config }.",
  );
}
