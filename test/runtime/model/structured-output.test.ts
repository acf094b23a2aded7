import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";
import { schemaCheck } from "../../../lib/runtime/json-schema.ts";
import type { ModelReply } from "../../../lib/runtime/model/model.ts";
import { isStrictSchema, sentSchema } from "../../../lib/runtime/model/sent-schema.ts";
import { answerIn, asObject } from "../../../lib/runtime/model/structured-output.ts";

const reply = (content: ModelReply["content"]): ModelReply => ({
  content,
  stopReason: "end_turn",
  usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 },
  latencyMs: 0,
  answeredBy: { adapter: "stand-in", model: "stand-in" },
});
const OBJECT: JsonObject = { type: "object" };
const LIST: JsonObject = { type: "array" };

describe("an answer in a text", () => {
  it.each<[string, JsonObject, Json]>([
    ['{"a":1}', OBJECT, { a: 1 }],
    [' \n{"a":1}\n', OBJECT, { a: 1 }],
    ['```json\n{"a":1}\n```', OBJECT, { a: 1 }],
    ['```\n{"a":1}\n```\n', OBJECT, { a: 1 }],
    ['{"value":[1]}', LIST, [1]],
    ['{"value":null}', LIST, null],
  ])("%j is read", (text, schema, value) => {
    expect(answerIn(reply([{ text }]), schema, "textFormat")).toEqual({ value });
  });

  it.each<[string, JsonObject, RegExp]>([
    ["", OBJECT, /no answer/],
    [" ", OBJECT, /no answer/],
    ["Sure!", OBJECT, /no JSON/],
    ['{"a":', OBJECT, /no JSON/],
    ["[1]", LIST, /key "value"/],
    ["{}", LIST, /key "value"/],
  ])("%j is none", (text, schema, problem) => {
    expect(answerIn(reply([{ text }]), schema, "textFormat")).toMatchObject({
      problem: expect.stringMatching(problem),
    });
  });

  it("is put together from its blocks, without reasoning", () => {
    const content = [{ reasoningContent: { a: 1 } }, { text: '{"a"' }, { text: ":1}" }];
    expect(answerIn(reply(content), OBJECT, "textFormat")).toEqual({ value: { a: 1 } });
  });
});

describe("an answer in a tool", () => {
  const use = (name: string, input: Json) => ({ toolUse: { toolUseId: "a", name, input } });

  it("is its arguments", () => {
    const content = [{ text: "Here:" }, use("other", {}), use("answer", { a: 1 })];
    expect(answerIn(reply(content), OBJECT, "tool")).toEqual({ value: { a: 1 }, toolUseId: "a" });
  });

  it("is none if they are no JSON", () => {
    expect(answerIn(reply([use("answer", '{"a":')]), OBJECT, "tool")).toMatchObject({
      problem: "(all): the arguments are no JSON",
    });
  });

  it("may be put into words by a small model", () => {
    expect(answerIn(reply([{ text: '{"a":1}' }]), OBJECT, "tool")).toEqual({ value: { a: 1 } });
  });
});

describe("a contract that is no object", () => {
  it("keeps its references", () => {
    const tree: JsonObject = {
      anyOf: [
        { type: "number" },
        { type: "array", items: { $ref: "#" } },
        { $ref: "#/$defs/word" },
      ],
      $defs: { word: { type: "string", enum: ["leaf"] } },
    };
    const wrapped = schemaCheck(asObject(tree));
    const bare = schemaCheck(tree);
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.constantFrom("leaf", "root"),
        fc.boolean(),
        fc.array(tie("value"), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(value, (each) => {
        expect(wrapped({ value: each }).length === 0).toBe(bare(each).length === 0);
      }),
    );
    expect(wrapped({ value: ["leaf", [1]] })).toEqual([]);
    expect(wrapped({ value: ["root"] })).not.toEqual([]);
  });
});

describe("a contract as services take it", () => {
  const schema: JsonObject = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    description: "A finding.",
    minProperties: 1,
    properties: {
      "x-data-class": { type: "string" },
      maximum: { type: "integer", maximum: 5 },
      fixed: { const: { minLength: 1, "x-a": 2 } },
    },
    required: ["maximum"],
    "x-data-class": "internal",
  };

  it("has no annotations of ours, and keeps names that look like keywords", () => {
    expect(sentSchema(schema, "plain")).toEqual({
      type: "object",
      description: "A finding.",
      minProperties: 1,
      properties: {
        "x-data-class": { type: "string" },
        maximum: { type: "integer", maximum: 5 },
        fixed: { const: { minLength: 1, "x-a": 2 } },
      },
      required: ["maximum"],
    });
  });

  it("says in words what no grammar can hold", () => {
    expect(sentSchema(schema, "grammar")).toMatchObject({
      description: "A finding. (minProperties: 1)",
      additionalProperties: false,
      properties: { maximum: { type: "integer", description: "(maximum: 5)" } },
    });
  });

  it.each<[JsonObject, boolean]>([
    [{ type: "object", additionalProperties: false }, true],
    [{ type: "object" }, false],
    [{ type: "array", items: { type: "object" } }, false],
    [{ $defs: { a: { type: "object" } } }, false],
    [
      {
        type: "object",
        properties: { type: { const: { type: "object" } } },
        required: ["type"],
        additionalProperties: false,
      },
      true,
    ],
  ])("is strict or not: %j", (each, strict) => {
    expect(isStrictSchema(each)).toBe(strict);
  });
});
