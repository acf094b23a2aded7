/** The adapter against wire bodies of Converse, over HTTP/2. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { makeBedrockClient } from "../../lib/aws/bedrock-calls.ts";
import { bedrockModel } from "../../lib/aws/bedrock-model.ts";
import { type ModelRequest, STOP_REASONS } from "../../lib/runtime/model/model.ts";
import { replyError } from "../../lib/runtime/model/reply-error.ts";
import { describeModel } from "../contract/describe-model.ts";
import {
  type ConverseAnswer,
  type ConverseServer,
  converseBody,
  errorAnswer,
  startConverse,
} from "./converse-server.ts";

const SECRET = "not-so-secret-access-key";
const TOKEN = "not-so-secret-session-token";

beforeAll(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", SECRET);
  vi.stubEnv("AWS_SESSION_TOKEN", TOKEN);
  vi.stubEnv("AWS_MAX_ATTEMPTS", "5");
});
afterAll(() => {
  vi.unstubAllEnvs();
});

interface OutputConfig {
  readonly textFormat: { readonly structure: { readonly jsonSchema: { readonly schema: string } } };
}

async function open() {
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

describeModel("Bedrock", async () => {
  const { server, model, close } = await open();
  return {
    adapter: "bedrock",
    port: model,
    script: (next) => {
      if ("hang" in next) server.answer = { hang: true };
      else if ("fault" in next) {
        server.answer =
          next.fault === "throttled"
            ? errorAnswer("ThrottlingException", 429, "Too many requests")
            : errorAnswer("ServiceUnavailableException", 503, "Service unavailable");
      } else server.answer = { body: converseBody(next) };
    },
    close,
  };
});

const ASK: ModelRequest = {
  modelId: "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.example.reader-v1:0",
  system: [],
  messages: [{ role: "user", content: [{ text: "What is an espalier?" }] }],
  inferenceConfig: { maxTokens: 100 },
};

describe("Bedrock's adapter", () => {
  let server: ConverseServer;
  let world: Awaited<ReturnType<typeof open>>;
  beforeEach(async () => {
    world = await open();
    server = world.server;
    server.answer = {
      body: converseBody({ content: [{ text: "A tree." }], stopReason: "end_turn" }),
    };
  });
  afterEach(() => world.close());

  const ask = (request: Partial<ModelRequest> = {}, metadata?: Record<string, string>) =>
    world.model.converse(
      { ...ASK, ...request },
      { signal: new AbortController().signal, ...(metadata && { metadata }) },
    );
  const sent = () => server.requests.at(-1)?.body;

  describe("sends", () => {
    it("Converse to the model, signed, over HTTP/2", async () => {
      await ask();
      const [request] = server.requests;
      expect(request?.path).toBe(`/model/${encodeURIComponent(ASK.modelId)}/converse`);
      expect(request?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 .*\/bedrock\/aws4_request/);
      expect(sent()).toEqual({
        messages: [{ role: "user", content: [{ text: "What is an espalier?" }] }],
        inferenceConfig: { maxTokens: 100 },
      });
    });

    it("a bearer token instead of a signature, where there is one", async () => {
      vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-key");
      const client = makeBedrockClient({ region: "eu-central-1", endpoint: server.url });
      try {
        const model = bedrockModel({}, async () => client);
        await model.converse(ASK, { signal: new AbortController().signal });
        expect(server.requests[0]?.headers.authorization).toBe("Bearer bedrock-key");
      } finally {
        client.destroy();
        vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", undefined);
      }
    });

    it("cache points with their time", async () => {
      await ask({
        system: [{ text: "You read." }, { cachePoint: { type: "default", ttl: "1h" } }],
        messages: [
          { role: "user", content: [{ text: "Hi" }, { cachePoint: { type: "default" } }] },
        ],
      });
      expect(sent()).toMatchObject({
        system: [{ text: "You read." }, { cachePoint: { type: "default", ttl: "1h" } }],
        messages: [{ content: [{ text: "Hi" }, { cachePoint: { type: "default" } }] }],
      });
    });

    it("the guardrail, with its trace", async () => {
      await ask({ guardrailConfig: { guardrailIdentifier: "gr-1", guardrailVersion: "3" } });
      expect(sent()?.guardrailConfig).toEqual({
        guardrailIdentifier: "gr-1",
        guardrailVersion: "3",
        trace: "enabled",
      });
    });

    it("a contract as text, closed and without what no grammar can hold", async () => {
      await ask({
        outputConfig: {
          textFormat: {
            type: "json_schema",
            name: "answer",
            schema: {
              type: "object",
              properties: {
                minLength: { type: "string", minLength: 3, "x-data-class": "personal" },
                list: { type: "array", minItems: 2, items: { type: "object" } },
              },
            },
          },
        },
      });
      const outputConfig = sent()?.outputConfig as unknown as OutputConfig | undefined;
      expect(outputConfig).toMatchObject({
        textFormat: { type: "json_schema", structure: { jsonSchema: { name: "answer" } } },
      });
      expect(JSON.parse(outputConfig?.textFormat.structure.jsonSchema.schema ?? "")).toEqual({
        type: "object",
        additionalProperties: false,
        properties: {
          minLength: { type: "string", description: "(minLength: 3)" },
          list: {
            type: "array",
            description: "(minItems: 2)",
            items: { type: "object", additionalProperties: false },
          },
        },
      });
    });

    it("tools as they are declared, and strict ones closed", async () => {
      const schema = { type: "object", properties: { a: { type: "string", maxLength: 5 } } };
      await ask({
        toolConfig: {
          tools: [
            { toolSpec: { name: "plain", description: "A", inputSchema: { json: schema } } },
            {
              toolSpec: {
                name: "strict",
                description: "B",
                inputSchema: { json: schema },
                strict: true,
              },
            },
          ],
          toolChoice: { any: {} },
        },
      });
      expect(sent()?.toolConfig).toEqual({
        tools: [
          { toolSpec: { name: "plain", description: "A", inputSchema: { json: schema } } },
          {
            toolSpec: {
              name: "strict",
              description: "B",
              strict: true,
              inputSchema: {
                json: {
                  type: "object",
                  additionalProperties: false,
                  properties: { a: { type: "string", description: "(maxLength: 5)" } },
                },
              },
            },
          },
        ],
        toolChoice: { any: {} },
      });
    });

    it("no blank text and no arguments that are no object", async () => {
      await ask({
        messages: [
          { role: "user", content: [{ text: " " }] },
          {
            role: "assistant",
            content: [
              { text: "" },
              { toolUse: { toolUseId: "a", name: "x", input: "{broken" } },
              { toolUse: { toolUseId: "b", name: "x", input: [1] } },
            ],
          },
          {
            role: "user",
            content: [
              { toolResult: { toolUseId: "a", status: "error", content: [{ text: "" }] } },
              {
                toolResult: {
                  toolUseId: "b",
                  status: "success",
                  content: [{ json: [1] }, { json: { a: 1 } }],
                },
              },
            ],
          },
        ],
      });
      expect(sent()?.messages).toEqual([
        { role: "user", content: [{ text: "(nothing)" }] },
        {
          role: "assistant",
          content: [
            { toolUse: { toolUseId: "a", name: "x", input: { invalid_arguments: "{broken" } } },
            { toolUse: { toolUseId: "b", name: "x", input: { invalid_arguments: [1] } } },
          ],
        },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "a", status: "error", content: [{ text: "(nothing)" }] } },
            {
              toolResult: {
                toolUseId: "b",
                status: "success",
                content: [{ text: "[1]" }, { json: { a: 1 } }],
              },
            },
          ],
        },
      ]);
    });

    it("ids of the run as metadata, as far as Bedrock takes them", async () => {
      await ask({}, { run: "run-1", step: "read", odd: "ä", long: "x".repeat(300) });
      expect(sent()?.requestMetadata).toEqual({ run: "run-1", step: "read" });
    });

    it("fields of the model's own", async () => {
      await ask({ additionalModelRequestFields: { top_k: 5, thinking: { type: "enabled" } } });
      expect(sent()?.additionalModelRequestFields).toEqual({
        top_k: 5,
        thinking: { type: "enabled" },
      });
    });
  });

  describe("reads", () => {
    it.each(STOP_REASONS)("the stop reason %s", async (stopReason) => {
      server.answer = { body: converseBody({ content: [{ text: "A tree." }], stopReason }) };
      expect(await ask()).toMatchObject({ stopReason, content: [{ text: "A tree." }] });
    });

    it("tokens of the cache", async () => {
      const usage = {
        inputTokens: 30,
        outputTokens: 628,
        cacheReadInputTokens: 1200,
        cacheWriteInputTokens: 40,
      };
      server.answer = {
        body: converseBody({ content: [{ text: "x" }], stopReason: "end_turn", usage }),
      };
      expect(await ask()).toMatchObject({ usage, latencyMs: 551 });
    });

    it("malformed tool use, whatever stands in the place of arguments", async () => {
      server.answer = {
        body: converseBody({
          content: [{ toolUse: { toolUseId: "t", name: "look_up", input: '{"word": "esp' } }],
          stopReason: "malformed_tool_use",
        }),
      };
      const reply = await ask();
      expect(reply.content).toEqual([
        { toolUse: { toolUseId: "t", name: "look_up", input: '{"word": "esp' } },
      ]);
      expect(replyError(reply)).toBeUndefined();
    });

    it("arguments with keys of prototypes", async () => {
      const body = converseBody({ content: [], stopReason: "tool_use" }).replace(
        '"content":[]',
        '"content":[{"toolUse":{"toolUseId":"t","name":"x","input":{"__proto__":{"a":1},"constructor":2}}}]',
      );
      server.answer = { body };
      const { content } = await ask();
      expect(JSON.stringify(content)).toContain('"constructor":2');
      expect(({} as { a?: number }).a).toBeUndefined();
    });

    it("reasoning, and sends it back unchanged", async () => {
      server.answer = {
        body: converseBody({
          content: [
            { reasoningContent: { reasoningText: { text: "Hm.", signature: "c2ln" } } },
            { reasoningContent: { redactedContent: "AAEC/w==" } },
            { text: "A tree." },
          ],
          stopReason: "end_turn",
        }),
      };
      const { content } = await ask();
      expect(content.slice(0, 2)).toEqual([
        { reasoningContent: { reasoningText: { text: "Hm.", signature: "c2ln" } } },
        { reasoningContent: { redactedContent: "AAEC/w==" } },
      ]);
      await ask({ messages: [...ASK.messages, { role: "assistant", content }, ...ASK.messages] });
      expect(sent()).toMatchObject({ messages: [{}, { role: "assistant", content }, {}] });
    });

    it("which policies of a guardrail intervened, and nothing that they matched", async () => {
      server.answer = { body: converseBody({ ...BLOCKED, stopReason: "guardrail_intervened" }) };
      const reply = await ask();
      expect(reply.guardrail).toEqual([
        "topicPolicy/Finance: BLOCKED",
        "contentPolicy/HATE: BLOCKED",
        "wordPolicy/customWords: BLOCKED",
        "sensitiveInformationPolicy/EMAIL: ANONYMIZED",
      ]);
      expect(JSON.stringify(reply)).not.toMatch(/ada@example|swearword/);
      expect(replyError(reply)).toMatchObject({
        name: "Guardrail.Blocked",
        message: expect.stringContaining("topicPolicy/Finance"),
      });
    });

    it("a text in which a guardrail has only masked something", async () => {
      const trace = {
        guardrail: {
          outputAssessments: {
            "gr-1": [
              {
                sensitiveInformationPolicy: {
                  piiEntities: [{ type: "EMAIL", match: "ada@example.com", action: "ANONYMIZED" }],
                  regexes: [],
                },
              },
            ],
          },
        },
      };
      const content = [{ text: "Write to {EMAIL}." }];
      server.answer = {
        body: converseBody({ content, stopReason: "guardrail_intervened", trace }),
      };
      const reply = await ask();
      expect(reply.content).toEqual(content);
      expect(replyError(reply)).toBeUndefined();
    });

    it("an answer without counts as estimated", async () => {
      server.answer = {
        body: '{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}},"stopReason":"end_turn"}',
      };
      expect((await ask()).usage).toMatchObject({ estimated: true, outputTokens: 4 });
    });
  });

  describe("fails", () => {
    const context = "Input is too long for requested model.";
    it.each<[string, ConverseAnswer, string]>([
      [
        "throttled",
        errorAnswer("ThrottlingException", 429, "Too many tokens, please wait"),
        "Model.Throttled",
      ],
      [
        "beyond a quota",
        errorAnswer("ServiceQuotaExceededException", 400, "Quota"),
        "Model.Throttled",
      ],
      [
        "timed out",
        errorAnswer("ModelTimeoutException", 408, "Model took too long"),
        "Model.Unavailable",
      ],
      ["not ready", errorAnswer("ModelNotReadyException", 429, "Not ready"), "Model.Unavailable"],
      [
        "model error",
        errorAnswer("ModelErrorException", 424, "The model failed"),
        "Model.Unavailable",
      ],
      ["unavailable", errorAnswer("ServiceUnavailableException", 503, "Busy"), "Model.Unavailable"],
      ["internal", errorAnswer("InternalServerException", 500, "Oops"), "Model.Unavailable"],
      ["a proxy's page", { status: 502, body: "<html>Bad gateway</html>" }, "Model.Unavailable"],
      [
        "invalid",
        errorAnswer("ValidationException", 400, "messages.0.content is wrong"),
        "Model.RequestInvalid",
      ],
      ["too long", errorAnswer("ValidationException", 400, context), "Model.ContextExceeded"],
      [
        "not allowed",
        errorAnswer("AccessDeniedException", 403, "User is not authorized"),
        "Model.RequestInvalid",
      ],
      [
        "no such model",
        errorAnswer("ResourceNotFoundException", 404, "No model"),
        "Model.RequestInvalid",
      ],
      [
        "reset in the body",
        {
          body: converseBody({ content: [{ text: "A tree." }], stopReason: "end_turn" }),
          resetAfter: 40,
        },
        "Model.Unavailable",
      ],
      ["disconnected", { disconnect: true }, "Model.Unavailable"],
      ["truncated", { body: '{"output":{"message":{"role":"assis' }, "Model.Unavailable"],
      ["empty", { body: "" }, "Model.Unavailable"],
      [
        "of an unknown stop reason",
        { body: '{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"new"}' },
        "Model.Unavailable",
      ],
    ])("%s as a named error, after one attempt", async (_what, answer, name) => {
      server.answer = answer;
      await expect(ask()).rejects.toMatchObject({ name });
      expect(server.requests).toHaveLength(1);
      server.answer = {
        body: converseBody({ content: [{ text: "A tree." }], stopReason: "end_turn" }),
      };
      expect((await ask()).content).toEqual([{ text: "A tree." }]);
    });

    it("without a server, too", async () => {
      await server.close();
      await expect(ask()).rejects.toMatchObject({ name: "Model.Unavailable" });
    });

    it("and says what to do about a missing permission", async () => {
      server.answer = errorAnswer("AccessDeniedException", 403, "User is not authorized");
      await expect(ask()).rejects.toThrow(/bedrock:InvokeModel/);
    });

    it.each([
      errorAnswer(
        "InvalidSignatureException",
        403,
        `The Canonical String should have been 'POST x-amz-security-token:${TOKEN}'`,
      ),
      errorAnswer("UnrecognizedClientException", 403, `The security token ${TOKEN} is invalid.`),
      { body: `{"output":{"message":{"content":[{"text":"${TOKEN}"` },
    ])("and repeats neither secrets nor content (%#)", async (answer) => {
      server.answer = answer;
      const error = await ask().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      const { message, details } = error as Error & { readonly details: unknown };
      expect(`${message} ${JSON.stringify(details)}`).not.toContain(TOKEN);
      expect(`${message} ${JSON.stringify(details)}`).not.toContain(SECRET);
    });

    it("without keeping the connection of a call that was given up", async () => {
      server.answer = { hang: true };
      const controller = new AbortController();
      const asked = world.model.converse(ASK, { signal: controller.signal });
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      controller.abort(new Error("too late"));
      await expect(asked).rejects.toThrow("too late");
      server.answer = { body: converseBody({ content: [{ text: "x" }], stopReason: "end_turn" }) };
      expect((await ask()).content).toEqual([{ text: "x" }]);
      await vi.waitFor(() => expect(server.connections).toBe(0));
    });

    it("with the reason of the signal that ends it while it waits", async () => {
      const reason = new Error("the step is over");
      const controller = new AbortController();
      server.answer = { hang: true };
      const asked = world.model.converse(ASK, { signal: controller.signal });
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      controller.abort(reason);
      await expect(asked).rejects.toBe(reason);
    });
  });
});

const BLOCKED = {
  content: [{ text: "Sorry, no." }],
  trace: {
    guardrail: {
      actionReason: "Guardrail blocked.",
      inputAssessment: {
        "gr-1": {
          topicPolicy: { topics: [{ name: "Finance", type: "DENY", action: "BLOCKED" }] },
          contentPolicy: {
            filters: [
              { type: "HATE", confidence: "HIGH", action: "BLOCKED" },
              { type: "INSULTS", confidence: "LOW", action: "NONE" },
            ],
          },
          wordPolicy: {
            customWords: [{ match: "swearword", action: "BLOCKED" }],
            managedWordLists: [],
          },
          sensitiveInformationPolicy: {
            piiEntities: [{ type: "EMAIL", match: "ada@example.com", action: "ANONYMIZED" }],
            regexes: [],
          },
        },
      },
    },
  },
};
