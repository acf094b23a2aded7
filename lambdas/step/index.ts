/** The host of a bundle's code: `stepHandler` and `toolHandler` make the function's handler of it. */
import { effectOf, oneOf, optionalVariable, variable } from "../../lib/aws/function-variables.ts";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { stepPorts } from "../../lib/aws/step-ports.ts";
import type { ToolCall } from "../../lib/runtime/agent/agent-call.ts";
import { toolStepCall } from "../../lib/runtime/agent/invoke-tool.ts";
import { invokeStep } from "../../lib/runtime/invoke-step.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { LOG_LEVELS } from "../../lib/runtime/log.ts";
import { isStepDefinition } from "../../lib/runtime/step-definition.ts";
import { readBundleFile } from "../bundle-file.ts";
import type { LambdaContext } from "../lambda-context.ts";

export type StepHandler = (payload: unknown, context: LambdaContext) => Promise<Json>;

/** Throws where the function is loaded if its code or its variables cannot be right. */
export function stepHandler(definition: unknown): StepHandler {
  return handlerOf(definition, (payload) => payload);
}

/** The same for a tool: its identity, and so the key of its effect, is that of the agent's call. */
export function toolHandler(definition: unknown): StepHandler {
  return handlerOf(definition, (payload) => toolStepCall(payload as ToolCall));
}

function handlerOf(definition: unknown, callOf: (payload: unknown) => unknown): StepHandler {
  if (!isStepDefinition(definition)) {
    throw new TypeError("A step's or tool's file exports by default what `step({ … })` has made.");
  }
  const places = {
    table: variable("table"),
    runsBucket: variable("runsBucket"),
    retention: optionalVariable("retention"),
  };
  const ports = stepPorts(places, { s3: lazyS3(), dynamo: lazyDynamo() });
  const effect = effectOf();
  const logLevel = oneOf(LOG_LEVELS, optionalVariable("logLevel") ?? "INFO");
  return (payload, context) =>
    invokeStep(definition, callOf(payload), ports, {
      effect,
      logLevel,
      deadline: new Date(Date.now() + context.getRemainingTimeInMillis()),
      holder: context.awsRequestId,
      readFile: readBundleFile,
      writeLine: (line) => process.stdout.write(`${line}\n`),
    });
}
