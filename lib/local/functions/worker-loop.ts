/** The inside of a worker thread: loads one function, and performs one invocation at a time. */
import { parentPort, workerData } from "node:worker_threads";
import {
  MAX_RESPONSE_BYTES,
  notLoaded,
  notSerializable,
  responseTooLarge,
  thrownBy,
  unhandledRejection,
} from "./lambda-error.ts";
import type {
  HostMessage,
  Invocation,
  LambdaError,
  WorkerMessage,
  WorkerStart,
} from "./protocol.ts";

export type Handler = (invocation: Invocation) => Promise<unknown>;

/** What the host has started this worker for. */
export function workerStart(): WorkerStart {
  return workerData as WorkerStart;
}

export function send(message: WorkerMessage): void {
  hostPort().postMessage(message);
}

export function writeLine(text: string): void {
  send({ type: "line", text });
}

/** Tells of each message of the host. */
export function onHostMessage(take: (message: HostMessage) => void): void {
  hostPort().on("message", take);
}

/** Loads the function, says so, and serves invocations until the thread is ended. */
export async function serve(load: () => Promise<Handler | LambdaError>): Promise<void> {
  process.setSourceMapsEnabled(true);
  process.on("uncaughtException", (error) =>
    send({ type: "failed", error: thrownBy(error), fatal: true }),
  );
  process.on("unhandledRejection", (reason) =>
    send({ type: "failed", error: unhandledRejection(reason), fatal: true }),
  );
  const loaded = await load().catch(notLoaded);
  send({ type: "ready", error: isError(loaded) ? loaded : undefined });
  if (isError(loaded)) return;
  onHostMessage((message) => {
    if (message.type === "invoke") void answer(loaded, message).then(send);
  });
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

function hostPort(): NonNullable<typeof parentPort> {
  if (parentPort) return parentPort;
  throw new Error("This file runs in a worker thread.");
}
