/** Bedrock's adapter before a server that answers as Converse does, over HTTP/2. */
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { makeBedrockClient } from "../../lib/aws/bedrock-calls.ts";
import { bedrockModel } from "../../lib/aws/bedrock-model.ts";
import type { ModelReply, ModelRequest } from "../../lib/runtime/model/model.ts";
import { type ConverseServer, converseBody, startConverse } from "./converse-server.ts";

export const SECRET = "not-so-secret-access-key";
export const TOKEN = "not-so-secret-session-token";

/** The variables by which the SDK signs, for the tests of one file. */
export function useCredentials(): void {
  beforeAll(() => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", SECRET);
    vi.stubEnv("AWS_SESSION_TOKEN", TOKEN);
    vi.stubEnv("AWS_MAX_ATTEMPTS", "5");
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });
}

export async function openBedrock() {
  const server = await startConverse();
  const client = makeBedrockClient({ region: "eu-central-1", endpoint: server.url });
  return {
    server,
    model: bedrockModel({}, async () => client),
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}

export const ASK: ModelRequest = {
  modelId: "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.example.reader-v1:0",
  system: [],
  messages: [{ role: "user", content: [{ text: "What is an espalier?" }] }],
  inferenceConfig: { maxTokens: 100 },
};

export interface Bedrock {
  readonly server: ConverseServer;
  readonly model: ReturnType<typeof bedrockModel>;
  /** Sends `ASK` with these changes. */
  ask(request?: Partial<ModelRequest>, metadata?: Record<string, string>): Promise<ModelReply>;
  /** The body of the last request. */
  sent(): ConverseServer["requests"][number]["body"] | undefined;
}

/** A model and a server of its own for each test of the file; until told otherwise, it answers "A tree." */
export function useBedrock(): Bedrock {
  useCredentials();
  let world: Awaited<ReturnType<typeof openBedrock>>;
  beforeEach(async () => {
    world = await openBedrock();
    world.server.answer = {
      body: converseBody({ content: [{ text: "A tree." }], stopReason: "end_turn" }),
    };
  });
  afterEach(() => world.close());
  return {
    get server() {
      return world.server;
    },
    get model() {
      return world.model;
    },
    ask: (request = {}, metadata) =>
      world.model.converse(
        { ...ASK, ...request },
        { signal: new AbortController().signal, ...(metadata && { metadata }) },
      ),
    sent: () => world.server.requests.at(-1)?.body,
  };
}
