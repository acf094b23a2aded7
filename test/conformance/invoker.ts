/** Runs the recorded cases' functions as Lambda would, errors included. */

import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type TaskCall, TaskError } from "../../lib/engine/index.ts";

const FOLDER = path.join(import.meta.dirname, "functions");

type Handler = (event: unknown) => Promise<unknown>;

export async function invokeRecordedFunction(task: TaskCall): Promise<unknown> {
  if (!task.resource.endsWith(":::lambda:invoke")) return run(task.resource, task.arguments);
  const { FunctionName, Payload } = task.arguments as { FunctionName: string; Payload?: unknown };
  const payload = await run(FunctionName, Payload ?? {});
  return { ExecutedVersion: "$LATEST", Payload: payload, StatusCode: 200 };
}

async function run(functionName: string, event: unknown): Promise<unknown> {
  const name = functionName.split(":function:").at(-1) ?? "";
  const file = path.join(FOLDER, name, "index.mjs");
  if (!/^\w+$/.test(name) || !fs.existsSync(file)) {
    const arn = `arn:aws:lambda:us-east-1:111111111111:function:${name}`;
    throw new TaskError(
      "Lambda.ResourceNotFoundException",
      `Function not found: ${arn}:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ${randomUUID()}; Proxy: null)`,
    );
  }
  const { handler } = (await import(pathToFileURL(file).href)) as { handler: Handler };
  try {
    return (await handler(event)) ?? null;
  } catch (thrown) {
    const { name: errorType, message: errorMessage } = thrown as Error;
    throw new TaskError(errorType, JSON.stringify({ errorMessage, errorType, trace: [] }));
  }
}
