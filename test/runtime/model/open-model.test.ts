import { describe, expect, it } from "vitest";
import type { Model, ModelSettings } from "../../../lib/runtime/model/model.ts";
import { type ModelWorld, openModel } from "../../../lib/runtime/model/open-model.ts";
import { standIn } from "../../../lib/runtime/model/stand-in.ts";
import { READER, requestOf } from "./model-world.ts";
import { chatBody, startOpenAi } from "./openai-server.ts";

const options = { signal: new AbortController().signal };
const none: Model = { converse: async () => Promise.reject(new Error("not asked")) };

describe("settings of an environment", () => {
  it.each<[ModelSettings, string]>([
    [{ adapter: "stand-in" }, "stand-in"],
    [{ adapter: "bedrock", region: "eu-central-1" }, "eu.example.reader-v1:0"],
    [{ adapter: "openai", endpoint: "http://127.0.0.1:11434/v1" }, "reader-small"],
  ])("%j open the model under its id there", (settings, modelId) => {
    const world: ModelWorld = { standIn: standIn(() => "x"), bedrock: () => none };
    expect(openModel(settings, READER, world)).toMatchObject({
      adapter: settings.adapter,
      modelId,
    });
  });

  it.each<[ModelSettings, string]>([
    [{ adapter: "stand-in" }, "has no stand-in here"],
    [{ adapter: "bedrock" }, "cannot be reached on Bedrock from here"],
    [{ adapter: "recording", recordings: "x" }, "cannot be answered by recordings here"],
  ])("%j need what they name", (settings, message) => {
    expect(() => openModel(settings, READER, {})).toThrow(message);
  });

  it.each<ModelSettings>([
    { adapter: "bedrock" },
    { adapter: "openai", endpoint: "http://127.0.0.1:1/v1" },
  ])("%j need an id of the model", (settings) => {
    const world: ModelWorld = { bedrock: () => none };
    expect(() => openModel(settings, { ...READER, ids: {} }, world)).toThrow(
      `has no id for ${settings.adapter}`,
    );
  });

  it("say where the key is, which is read at each call", async () => {
    const server = await startOpenAi();
    try {
      server.answer = { body: chatBody({ content: [{ text: "x" }], stopReason: "end_turn" }) };
      const env: Record<string, string | undefined> = {};
      const ask = (apiKey: { readonly env: string } | { readonly secret: string }) =>
        openModel({ adapter: "openai", endpoint: server.url, apiKey }, READER, {
          env,
          secret: async (arn) => `key of ${arn}`,
        }).model.converse(requestOf("Hi"), options);
      await expect(ask({ env: "MODEL_KEY" })).rejects.toThrow("MODEL_KEY");
      env.MODEL_KEY = "first";
      await ask({ env: "MODEL_KEY" });
      await ask({ secret: "arn:x" });
      expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
        "Bearer first",
        "Bearer key of arn:x",
      ]);
    } finally {
      await server.close();
    }
  });
});
