/** One conversation with an MCP server: connect, do something, close; nothing is left behind. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type {
  JsonSchemaValidator,
  jsonSchemaValidator,
} from "@modelcontextprotocol/sdk/validation/types.js";
import { StepError } from "../errors.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import { TimeUp, toToolError } from "./mcp-failure.ts";
import { type HttpServer, MAX_ANSWER_BYTES, type McpServer, type McpWorld } from "./mcp-world.ts";

/** Ending a session is a courtesy. */
const GOODBYE_MS = 1000;
/** The SDK's own limit for a request; ours is the signal. */
const NO_LIMIT = 2 ** 31 - 1;

/** `onCall` is to be called before anything is done that has an effect. */
export type Converse<T> = (
  client: Client,
  options: RequestOptions,
  onCall: () => void,
) => Promise<T>;

/**
 * Throws `Tool.Failed` for whatever goes wrong with the server (it cannot be reached, refuses the key,
 * answers with too much or nothing sensible, takes longer than `world.timeout`), `Step.Failed` for a
 * key that is not there, the reason of `world.signal`, and what `converse` throws as a `StepError`.
 */
export async function withMcpServer<T>(
  server: McpServer,
  world: McpWorld,
  converse: Converse<T>,
): Promise<T> {
  const key = "url" in server ? await keyOf(server, world) : undefined;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new TimeUp(world.timeout)), world.timeout);
  const giveUp = () => stop.abort(world.signal.reason);
  world.signal.addEventListener("abort", giveUp, { once: true });
  if (world.signal.aborted) giveUp();
  const transport = openTransport(server, key, world, stop);
  const client = new Client(
    { name: "espalier", version: "1" },
    { jsonSchemaValidator: ACCEPT_ALL },
  );
  let hasCalled = false;
  const options: RequestOptions = { signal: stop.signal, timeout: NO_LIMIT };
  try {
    stop.signal.throwIfAborted();
    await client.connect(transport, options);
    return await converse(client, options, () => {
      hasCalled = true;
    });
  } catch (error) {
    if (world.signal.aborted) throw world.signal.reason;
    throw toToolError(stop.signal.aborted ? stop.signal.reason : error, {
      server,
      key,
      hasCalled,
    });
  } finally {
    clearTimeout(timer);
    world.signal.removeEventListener("abort", giveUp);
    await sayGoodbye(transport);
    await client.close().catch(() => undefined);
  }
}

function openTransport(
  server: McpServer,
  key: string | undefined,
  { openStdio, logger }: McpWorld,
  stop: AbortController,
): Transport {
  if ("url" in server) {
    return new StreamableHTTPClientTransport(new URL(server.url), {
      requestInit: key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
      fetch: boundedFetch({
        maxBytes: MAX_ANSWER_BYTES,
        onBroken: (error) => stop.abort(error),
      }),
      reconnectionOptions: NO_RECONNECTION,
    }) as Transport;
  }
  if (openStdio) {
    return openStdio(server, {
      maxBytes: MAX_ANSWER_BYTES,
      onStderr: (text) => logger.debug("An MCP server has written to its standard error", { text }),
    });
  }
  throw new StepError(
    "Tool.Failed",
    `The MCP server "${server.command}" is a process, which can be started on one machine only. ` +
      "Where it is deployed, name it by its url.",
  );
}

const NO_RECONNECTION = {
  maxRetries: 0,
  initialReconnectionDelay: 0,
  maxReconnectionDelay: 0,
  reconnectionDelayGrowFactor: 1,
};

/** Throws `Step.Failed`: a key that is not there is a fault of the environment, and nothing for a model. */
async function keyOf({ apiKey }: HttpServer, world: McpWorld): Promise<string | undefined> {
  if (apiKey === undefined) return undefined;
  const [key, where] =
    "env" in apiKey
      ? [world.env?.[apiKey.env], `the variable ${apiKey.env}`]
      : [await world.secret?.(apiKey.secret), `the secret ${apiKey.secret}`];
  if (key !== undefined && key !== "") return key;
  throw new StepError(
    "Step.Failed",
    `The key of the MCP server should be in ${where}, and is not there.`,
  );
}

/** So that the server need not keep the session until it times out. */
async function sayGoodbye(transport: Transport): Promise<void> {
  if (!(transport instanceof StreamableHTTPClientTransport)) return;
  if (transport.sessionId === undefined) return;
  const goodbye = transport.terminateSession().catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS);
  });
  await Promise.race([goodbye, enough]);
  clearTimeout(timer);
}

/** What a tool returns is data for a model; the contract that counts is that of its arguments. */
const ACCEPT_ALL: jsonSchemaValidator = {
  getValidator<T>(): JsonSchemaValidator<T> {
    // `& {}`: the compiler takes an unknown that is cast to T for one that may be undefined.
    return (data) => ({ valid: true, data: data as T & {}, errorMessage: undefined });
  },
};
