/** The host of a task step: `stepHandler(definition)` makes the function's handler. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { optionalVariable, variable } from "../../lib/aws/function-variables.ts";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { stepPorts } from "../../lib/aws/step-ports.ts";
import type { Effect } from "../../lib/runtime/effect.ts";
import { invokeStep } from "../../lib/runtime/invoke-step.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { LOG_LEVELS } from "../../lib/runtime/log.ts";
import { isStepDefinition } from "../../lib/runtime/step-definition.ts";
import type { LambdaContext } from "../lambda-context.ts";

const EFFECTS: readonly Effect[] = ["none", "read", "write", "send", "delete"];

export type StepHandler = (payload: unknown, context: LambdaContext) => Promise<Json>;

/** Throws where the function is loaded if its code or its variables cannot be right. */
export function stepHandler(definition: unknown): StepHandler {
  if (!isStepDefinition(definition)) {
    throw new TypeError("A step's file exports by default what `step({ … })` has made.");
  }
  const places = {
    table: variable("table"),
    runsBucket: variable("runsBucket"),
    retention: optionalVariable("retention"),
  };
  const ports = stepPorts(places, { s3: lazyS3(), dynamo: lazyDynamo() });
  const effect = oneOf(EFFECTS, variable("effect"));
  const logLevel = oneOf(LOG_LEVELS, optionalVariable("logLevel") ?? "INFO");
  return (payload, context) =>
    invokeStep(definition, payload, ports, {
      effect,
      logLevel,
      deadline: new Date(Date.now() + context.getRemainingTimeInMillis()),
      holder: context.awsRequestId,
      readFile: readBundleFile,
      writeLine: (line) => process.stdout.write(`${line}\n`),
    });
}

/** `path` stays inside: the wrapper has checked it. */
async function readBundleFile(path: string): Promise<Uint8Array | undefined> {
  const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
  try {
    return await readFile(join(root, "files", path));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing) return undefined;
    throw error;
  }
}

function oneOf<T extends string>(allowed: readonly T[], found: string): T {
  const known = allowed.find((one) => one === found);
  if (known !== undefined) return known;
  throw new Error(`Expected ${allowed.join(", ")}; a variable of the function says "${found}".`);
}
