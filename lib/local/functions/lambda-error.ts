/** Errors in the words of Lambda and of its runtime for Node. */
import type { LambdaError } from "./protocol.ts";

/** Bytes of a synchronous response: 6 MB, and some for its envelope. */
export const MAX_RESPONSE_BYTES = 6_291_556;

/**
 * What a handler threw. What is no `Error` is named after its type.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
export function thrownBy(thrown: unknown): LambdaError {
  if (!(thrown instanceof Error)) {
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  }
  return {
    errorType: String(thrown.name),
    errorMessage: String(thrown.message),
    // Without the frames of the worker's own code: they help nobody who reads this.
    trace: String(thrown.stack ?? "")
      .split("\n")
      .filter((line) => !line.includes(import.meta.url)),
  };
}

/** What loading the module threw, before any invocation. */
export function notLoaded(error: unknown): LambdaError {
  const thrown = thrownBy(error);
  if (error instanceof SyntaxError) {
    return { ...thrown, errorType: "Runtime.UserCodeSyntaxError", errorMessage: String(error) };
  }
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
    return { ...thrown, errorType: "Runtime.ImportModuleError", errorMessage: String(error) };
  }
  return thrown;
}

export function unhandledRejection(reason: unknown): LambdaError {
  const { errorMessage, trace } = thrownBy(reason);
  const name = reason instanceof Error ? `${reason.name}: ` : "";
  return {
    errorType: "Runtime.UnhandledPromiseRejection",
    errorMessage: `${name}${errorMessage}`,
    trace: trace ?? [],
  };
}

export function notSerializable(error: unknown): LambdaError {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    errorType: "Runtime.JSONStringifyError",
    errorMessage: `Unable to stringify response body: ${reason}`,
    trace: [],
  };
}

export function handlerNotFound(file: string): LambdaError {
  return {
    errorType: "Runtime.HandlerNotFound",
    errorMessage: `${file} exports neither a step (export default step({...})) nor a function "handler".`,
    trace: [],
  };
}

export function responseTooLarge(bytes: number): LambdaError {
  return {
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
  };
}

export function timedOut(id: string, seconds: number): LambdaError {
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${id} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  };
}

export function exited(id: string, code: number): LambdaError {
  const reason =
    code === 0
      ? "Runtime exited without providing a reason"
      : `Runtime exited with error: exit status ${code}`;
  return { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${id} Error: ${reason}` };
}

export function outOfMemory(id: string): LambdaError {
  return {
    errorType: "Runtime.OutOfMemory",
    errorMessage: `RequestId: ${id} Error: Runtime exited with error: signal: killed`,
  };
}
