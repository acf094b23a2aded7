/** What the adapter puts into the request of Converse. */
import { describe, expect, it, vi } from "vitest";
import { makeBedrockClient } from "../../lib/aws/bedrock-calls.ts";
import { bedrockModel } from "../../lib/aws/bedrock-model.ts";
import { ASK, useBedrock } from "./bedrock-world.ts";

interface OutputConfig {
  readonly textFormat: { readonly structure: { readonly jsonSchema: { readonly schema: string } } };
}

const bedrock = useBedrock();
const { ask, sent } = bedrock;

describe("Bedrock's adapter sends", () => {
  it("Converse to the model, signed, over HTTP/2", async () => {
    await ask();
    const [request] = bedrock.server.requests;
    expect(request?.path).toBe(`/model/${encodeURIComponent(ASK.modelId)}/converse`);
    expect(request?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 .*\/bedrock\/aws4_request/);
    expect(sent()).toEqual({
      messages: [{ role: "user", content: [{ text: "What is an espalier?" }] }],
      inferenceConfig: { maxTokens: 100 },
    });
  });

  it("a bearer token instead of a signature, where there is one", async () => {
    vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-key");
    const client = makeBedrockClient({ region: "eu-central-1", endpoint: bedrock.server.url });
    try {
      const model = bedrockModel({}, async () => client);
      await model.converse(ASK, { signal: new AbortController().signal });
      expect(bedrock.server.requests[0]?.headers.authorization).toBe("Bearer bedrock-key");
    } finally {
      client.destroy();
      vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", undefined);
    }
  });

  it("cache points with their time", async () => {
    await ask({
      system: [{ text: "You read." }, { cachePoint: { type: "default", ttl: "1h" } }],
      messages: [{ role: "user", content: [{ text: "Hi" }, { cachePoint: { type: "default" } }] }],
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
