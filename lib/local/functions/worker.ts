/**
 * What runs in the worker thread of a step or a tool: code of a bundle. This file is bundled once a
 * process (`worker-code.ts`), so that a worker starts without a TypeScript loader; it must not import
 * zod, the engine or the host, nor what only models and agents need.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ToolCall } from "../../runtime/agent/agent-call.ts";
import { invokeTool } from "../../runtime/agent/invoke-tool.ts";
import { type InvokeOptions, invokeStep } from "../../runtime/invoke-step.ts";
import { isStepDefinition, type StepDefinition } from "../../runtime/step-definition.ts";
import { ignore } from "../ports/durable-file.ts";
import { openPorts, systemClock } from "../ports/index.ts";
import type { CodeWork } from "./hosted-function.ts";
import { handlerNotFound } from "./lambda-error.ts";
import type { Invocation, LambdaError, WorkerStart } from "./protocol.ts";
import { type Handler, serve, workerStart, writeLine } from "./worker-loop.ts";

/** The host starts this file for nothing else. */
const start = workerStart() as WorkerStart<CodeWork>;

async function load(): Promise<Handler | LambdaError> {
  const { file } = start.work;
  const module = (await import(pathToFileURL(file).href)) as {
    readonly default?: unknown;
    readonly handler?: unknown;
  };
  if (isStepDefinition(module.default)) return stepHandler(module.default);
  if (typeof module.handler === "function") return plainHandler(module.handler as PlainFunction);
  return handlerNotFound(file);
}

function stepHandler(definition: StepDefinition): Handler {
  const ports = { ...openPorts(start.ports), clock: systemClock };
  return (invocation) => {
    const { payload } = invocation;
    const options = optionsOf(invocation);
    return start.work.kind === "tool"
      ? invokeTool(definition, payload as ToolCall, ports, options)
      : invokeStep(definition, payload, ports, options);
  };
}

function optionsOf({ id, deadline, alive }: Invocation): InvokeOptions {
  return {
    effect: start.effect,
    deadline: new Date(deadline),
    readFile: (path) => readFile(join(start.files, path)).catch(ignore("ENOENT")),
    writeLine,
    logLevel: start.logLevel,
    holder: id,
    isGone: (holder) => !alive.includes(holder),
  };
}

type Callback = (error: unknown, result?: unknown) => void;
type PlainFunction = (event: unknown, context: object, callback?: Callback) => unknown;

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function plainHandler(handler: PlainFunction): Handler {
  return ({ payload, id, deadline }) => {
    const context = {
      awsRequestId: id,
      functionName: start.name,
      functionVersion: "$LATEST",
      memoryLimitInMB: String(start.memory),
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
    if (handler.length < 3) return Promise.resolve().then(() => handler(payload, context));
    return new Promise((resolve, reject) => {
      handler(payload, context, (error, result) =>
        error === null || error === undefined ? resolve(result) : reject(error),
      );
    });
  };
}

await serve(load);
