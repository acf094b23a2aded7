/** The Step Functions API over HTTP, for the unmodified AWS SDK and CLI: AWS JSON 1.0. */
import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type Engine, EngineError } from "../../engine/index.ts";
import { operations } from "./operations.ts";
import { type Operation, requests } from "./requests.ts";

const TARGET = "AWSStepFunctions.";

/** The largest request that AWS takes is a definition of 1 MiB; as JSON text it may double. */
const LARGEST_BODY = 8 * 1024 * 1024;

/** Requests are not authenticated: whoever reaches this address on this machine may use it. */
export function stepFunctionsApi(engine: Engine): Hono {
  const api = new Hono();
  const serve = operations(engine);

  api.post(
    "/",
    async (c, next) => {
      const refused = foreignRequest(c);
      if (refused !== undefined)
        return answer(c, 403, { __type: "AccessDeniedException", message: refused });
      return next();
    },
    bodyLimit({
      maxSize: LARGEST_BODY,
      onError: (c) =>
        failed(c, "ValidationException", `The request is longer than ${LARGEST_BODY} bytes`),
    }),
    async (c) => {
      const target = c.req.header("x-amz-target") ?? "";
      const operation = target.startsWith(TARGET) ? target.slice(TARGET.length) : "";
      if (!Object.hasOwn(requests, operation)) {
        const message = `Unknown operation '${target}'. Supported: ${Object.keys(requests).join(", ")}`;
        return failed(c, "UnknownOperationException", message);
      }
      return respond(c, serve, operation as Operation);
    },
  );
  return api;
}

async function respond(c: Context, serve: ReturnType<typeof operations>, operation: Operation) {
  let body: unknown;
  try {
    body = JSON.parse((await c.req.text()) || "{}");
  } catch {
    return failed(c, "SerializationException", "The request body is not JSON");
  }
  const parsed = requests[operation].safeParse(body);
  if (!parsed.success) {
    const all = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".") || "body"}: ${message}`,
    );
    return failed(c, "ValidationException", all.join("; "));
  }
  try {
    // The schema above and the operation go by the same name.
    const run = serve[operation] as (request: unknown) => Promise<object>;
    return answer(c, 200, wire(await run(parsed.data)) as object);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return failed(c, error.name, error.message, error.details);
  }
}

/**
 * A web page may not speak to this API, neither across origins nor after rebinding a name of its
 * own to this machine: no browser's request has both a local Host and no Origin.
 */
function foreignRequest(c: Context): string | undefined {
  if (c.req.header("origin") !== undefined) return "Requests from web pages are not accepted";
  const host = (c.req.header("host") ?? "").toLowerCase().replace(/:\d+$/, "");
  if (host === "127.0.0.1" || host === "localhost" || host === "[::1]") return undefined;
  return `Host '${host}' is not this machine; use 127.0.0.1`;
}

function failed(c: Context, type: string, message: string, details: object = {}) {
  return answer(c, 400, { __type: type, message, ...details });
}

function answer(c: Context, status: 200 | 400 | 403, body: object): Response {
  return c.body(JSON.stringify(body), status, {
    "content-type": "application/x-amz-json-1.0",
    "x-amzn-requestid": randomUUID(),
  });
}

/** AWS JSON has times as seconds since 1970. */
function wire(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(wire);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wire(item)]));
}
