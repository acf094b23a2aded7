/** What functions with code of the kit have in common: a document beside the code, ports, options. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lambdaClock } from "../lib/aws/clock.ts";
import { optionalVariable, variable } from "../lib/aws/function-variables.ts";
import { lazyDynamo } from "../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../lib/aws/lazy-s3.ts";
import { stepPorts } from "../lib/aws/step-ports.ts";
import type { StepPorts } from "../lib/runtime/invoke-step.ts";
import type { JsonObject } from "../lib/runtime/json.ts";
import type { KitCallOptions } from "../lib/runtime/kit-call.ts";
import { LOG_LEVELS } from "../lib/runtime/log.ts";
import type { LambdaContext } from "./lambda-context.ts";

/** `document.json`: what the compiler resolved, written by `lib/constructs`, and so trusted. */
export function readDocument<T>(): T {
  const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
  return JSON.parse(readFileSync(join(root, "document.json"), "utf8")) as T;
}

export function kitPorts(): StepPorts {
  const places = {
    table: variable("table"),
    runsBucket: variable("runsBucket"),
    retention: optionalVariable("retention"),
  };
  return stepPorts(places, { s3: lazyS3(), dynamo: lazyDynamo() });
}

export function kitOptions(
  context: LambdaContext,
  { artifacts }: Pick<StepPorts, "artifacts">,
  input?: JsonObject | true,
): KitCallOptions {
  const level = optionalVariable("logLevel");
  return {
    deadline: new Date(Date.now() + context.getRemainingTimeInMillis()),
    writeLine: (line) => process.stdout.write(`${line}\n`),
    clock: lambdaClock,
    artifacts,
    logLevel: LOG_LEVELS.find((one) => one === level) ?? "INFO",
    ...(input !== undefined && { input }),
  };
}
