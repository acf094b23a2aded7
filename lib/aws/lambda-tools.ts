/** The port `Tools` on Lambda. Which functions there are is IAM's word; this map only says where. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ToolCall, Tools } from "../runtime/agent/agent-call.ts";
import { StepError } from "../runtime/errors.ts";
import type { Json } from "../runtime/json.ts";
import type { Artifacts } from "../runtime/ports.ts";
import { storeLargeValues } from "../runtime/stored-value.ts";
import { lazyPatientLambda } from "./lazy-lambda.ts";
import { isServiceError } from "./service-error.ts";

/** Bytes of a synchronous request. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_REQUEST_BYTES = 6 * 1024 * 1024;
/** Of arguments, and of what the agent was given; the rest of the limit is for the configuration. */
const MAX_VALUE_BYTES = 200 * 1024;

const TRIES = 5;
/** Milliseconds; twice as long each time, of which a random part. */
const FIRST_PAUSE = 200;

export interface LambdaToolsParts {
  /** By the function's name in the plan: its ARN with a version. */
  readonly functions: Readonly<Record<string, string>>;
  readonly artifacts: Pick<Artifacts, "put">;
  readonly client?: ReturnType<typeof lazyPatientLambda>;
}

/**
 * Calls functions and waits for their answers. Throws a `StepError` under the name that the function
 * failed with; `Tool.NotAllowed` for a function that is not in the map, or that the role may not
 * invoke; `Lambda.*` where the function was not reached, after a few tries (the step's retry goes
 * on); and the signal's reason.
 */
export function lambdaTools({
  functions,
  artifacts,
  client = lazyPatientLambda(),
}: LambdaToolsParts): Tools {
  return {
    async call(functionName, call, { signal }) {
      const arn = Object.hasOwn(functions, functionName) ? functions[functionName] : undefined;
      if (arn === undefined) {
        throw new StepError("Tool.NotAllowed", `This agent has no function "${functionName}".`);
      }
      const payload = await payloadOf(call, artifacts);
      const [sender, { lambda }] = await Promise.all([client(), import("./lambda-calls.ts")]);
      const command = new lambda.invoke({ FunctionName: arn, Payload: payload });
      const answer = await insist(
        () => sender.send(command, { abortSignal: signal }),
        functionName,
        signal,
      );
      const text = Buffer.from(answer.Payload ?? []).toString();
      if (answer.FunctionError !== undefined) throw failureOf(functionName, text);
      return text === "" ? null : (JSON.parse(text) as Json);
    },
  };
}

async function payloadOf(call: ToolCall, artifacts: Pick<Artifacts, "put">): Promise<Buffer> {
  const [input, given] = await Promise.all([
    storeLargeValues(call.input, artifacts, MAX_VALUE_BYTES),
    storeLargeValues(call.given, artifacts, MAX_VALUE_BYTES),
  ]);
  const payload = Buffer.from(JSON.stringify({ ...call, input, given }));
  if (payload.byteLength <= MAX_REQUEST_BYTES) return payload;
  throw new StepError(
    "Tool.ArgumentsInvalid",
    `The call has ${payload.byteLength} bytes; a function takes ${MAX_REQUEST_BYTES}.`,
  );
}

/** A call that was made twice does no harm: its effect has a key. */
async function insist<T>(
  send: () => Promise<T>,
  functionName: string,
  signal: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      signal.throwIfAborted();
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      if (tried === TRIES || !isPassing(error)) throw notReached(error, functionName);
    }
    await sleep(Math.random() * FIRST_PAUSE * 2 ** tried, undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
}

/** Throttled, a fault of the service, a function that is being made ready, or no answer at all. */
function isPassing(error: unknown): boolean {
  if (!isServiceError(error)) return true;
  const { name, $metadata } = error;
  const status = $metadata.httpStatusCode;
  // Without a status, the connection broke.
  if (status === undefined || status === 429 || status >= 500) return true;
  return PASSING.includes(name);
}

const PASSING = [
  "TooManyRequestsException",
  "ResourceNotReadyException",
  "ResourceConflictException",
];

function notReached(error: unknown, functionName: string): StepError {
  const name = error instanceof Error ? error.name : "Error";
  const words = error instanceof Error ? error.message : String(error);
  if (isServiceError(error, "AccessDeniedException")) {
    return new StepError(
      "Tool.NotAllowed",
      `The agent's role may not invoke "${functionName}".`,
      undefined,
      { cause: error },
    );
  }
  // As Step Functions names them: the loop stops, and the step's retry finds it where it stopped.
  return new StepError(`Lambda.${name}`, `"${functionName}" was not reached: ${words}`, undefined, {
    cause: error,
  });
}

/** Ended hard at its time limit, a function has this for a message, and not always a name. */
const TIMED_OUT = /Task timed out after/;

/** What Lambda's runtime writes of an error: `errorType`, `errorMessage`. */
function failureOf(functionName: string, text: string): StepError {
  const { errorType, errorMessage } = parse(text);
  const message = typeof errorMessage === "string" ? errorMessage : text.slice(0, 1000);
  if (TIMED_OUT.test(message)) return new StepError("Sandbox.Timedout", message);
  const isNamed = typeof errorType === "string" && errorType !== "";
  const said = message === "" ? `The function "${functionName}" has failed.` : message;
  return new StepError(isNamed ? errorType : "Tool.Failed", said);
}

function parse(text: string): { readonly errorType?: unknown; readonly errorMessage?: unknown } {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}
