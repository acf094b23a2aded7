/**
 * What runs in a worker thread: one function, one invocation at a time. This file is bundled once a
 * process (`worker-code.ts`), so that a worker starts without a TypeScript loader; it must not import
 * zod, the engine or the host.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { invokeStep } from "../../runtime/invoke-step.ts";
import { isStepDefinition } from "../../runtime/step-definition.ts";
import { ignore } from "../ports/durable-file.ts";
import { openPorts, systemClock } from "../ports/index.ts";
import {
  handlerNotFound,
  MAX_RESPONSE_BYTES,
  notLoaded,
  notSerializable,
  responseTooLarge,
  thrownBy,
  unhandledRejection,
} from "./lambda-error.ts";
import type { Invocation, LambdaError, WorkerMessage, WorkerStart } from "./protocol.ts";

type Handler = (invocation: Invocation) => Promise<unknown>;

const start = workerData as WorkerStart;
const port = parentPort;
if (!port) throw new Error("This file runs in a worker thread.");

const send = (message: WorkerMessage) => port.postMessage(message);

process.setSourceMapsEnabled(true);
process.on("uncaughtException", (error) =>
  send({ type: "failed", error: thrownBy(error), fatal: true }),
);
process.on("unhandledRejection", (reason) =>
  send({ type: "failed", error: unhandledRejection(reason), fatal: true }),
);

async function load(): Promise<Handler | LambdaError> {
  const module = (await import(pathToFileURL(start.file).href)) as {
    readonly default?: unknown;
    readonly handler?: unknown;
  };
  if (isStepDefinition(module.default)) return stepHandler(module.default);
  if (typeof module.handler === "function") return plainHandler(module.handler as PlainFunction);
  return handlerNotFound(start.file);
}

function stepHandler(definition: Parameters<typeof invokeStep>[0]): Handler {
  const ports = { ...openPorts(start.ports), clock: systemClock };
  return ({ payload, id, deadline, alive }) =>
    invokeStep(definition, payload, ports, {
      effect: start.effect,
      deadline: new Date(deadline),
      readFile: (path) => readFile(join(start.files, path)).catch(ignore("ENOENT")),
      writeLine: (text) => send({ type: "line", text }),
      logLevel: start.logLevel,
      holder: id,
      isGone: (holder) => !alive.includes(holder),
    });
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

async function answer(handler: Handler, invocation: Invocation): Promise<WorkerMessage> {
  let result: unknown;
  try {
    result = await handler(invocation);
  } catch (thrown) {
    return { type: "failed", error: thrownBy(thrown), fatal: false };
  }
  let text: string;
  try {
    text = (JSON.stringify(result) as string | undefined) ?? "null";
  } catch (error) {
    return { type: "failed", error: notSerializable(error), fatal: false };
  }
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_RESPONSE_BYTES) return { type: "result", text };
  return { type: "failed", error: responseTooLarge(bytes), fatal: false };
}

function isError(loaded: Handler | LambdaError): loaded is LambdaError {
  return typeof loaded !== "function";
}

const loaded = await load().catch(notLoaded);
send({ type: "ready", error: isError(loaded) ? loaded : undefined });
if (!isError(loaded)) {
  port.on("message", (invocation: Invocation) => {
    void answer(loaded, invocation).then(send);
  });
}
