import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import type { ContentBlock, Message, ModelRequest } from "../../../lib/runtime/model/model.ts";
import { digestOfRequest } from "../../../lib/runtime/model/request-digest.ts";
import { requestTexts } from "../../../lib/runtime/model/request-text.ts";

const json = fc.jsonValue() as fc.Arbitrary<Json>;
const object = fc.dictionary(fc.string(), json) as fc.Arbitrary<JsonObject>;

const block: fc.Arbitrary<ContentBlock> = fc.oneof(
  fc.record({ text: fc.string() }),
  fc.record({
    toolUse: fc.record({ toolUseId: fc.string(), name: fc.string(), input: json }),
  }),
  fc.record({ reasoningContent: object }),
);

const message: fc.Arbitrary<Message> = fc.record({
  content: fc.array(block, { maxLength: 4 }),
  role: fc.constantFrom("user", "assistant"),
});

const request: fc.Arbitrary<ModelRequest> = fc.record(
  {
    modelId: fc.string(),
    system: fc.array(fc.record({ text: fc.string() }), { maxLength: 2 }),
    messages: fc.array(message, { maxLength: 6 }),
    inferenceConfig: fc.record({ maxTokens: fc.nat() }),
    outputConfig: fc.record({
      textFormat: fc.record({
        type: fc.constant("json_schema"),
        schema: object,
        name: fc.string(),
      }),
    }),
    additionalModelRequestFields: object,
  },
  { requiredKeys: ["modelId", "system", "messages", "inferenceConfig"] },
);

function bytesAsJson({ system, messages, toolConfig, outputConfig }: ModelRequest): number {
  return Buffer.byteLength(JSON.stringify({ system, messages, toolConfig, outputConfig }));
}

describe("texts of requests that follow one another", () => {
  it("have the digests and bytes that each request has alone", () => {
    fc.assert(
      fc.property(request, fc.array(message, { maxLength: 3 }), (first, more) => {
        const texts = requestTexts();
        // The second one shares all parts but the list of its messages.
        const second = { ...first, messages: [...first.messages, ...more] };
        for (const each of [first, second, first]) {
          expect(texts.digestOf(each)).toBe(digestOfRequest(each));
          expect(texts.bytesRead(each)).toBe(bytesAsJson(each));
        }
      }),
    );
  });

  it("tell requests apart that differ in a part only", () => {
    const texts = requestTexts();
    const base: ModelRequest = {
      modelId: "m",
      system: [{ text: "a" }],
      messages: [{ role: "user", content: [{ text: "b" }] }],
      inferenceConfig: { maxTokens: 1 },
    };
    const digests = [
      base,
      { ...base, inferenceConfig: { maxTokens: 2 } },
      { ...base, system: [{ text: "c" }] },
      { ...base, messages: [{ role: "user" as const, content: [{ text: "c" }] }] },
    ].map(texts.digestOf);
    expect(new Set(digests).size).toBe(4);
  });
});
