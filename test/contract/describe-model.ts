import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type {
  Model,
  ModelReply,
  ModelRequest,
  ToolSpec,
  Usage,
} from "../../lib/runtime/model/model.ts";
import type { Adapter } from "./adapter.ts";

/** What the service behind an adapter is to do next. */
export type Scripted =
  | (Pick<ModelReply, "content" | "stopReason"> & { readonly usage?: Usage })
  | { readonly fault: "throttled" | "unavailable" }
  | { readonly hang: true };

export interface ModelUnderTest extends Adapter<Model> {
  readonly adapter: ModelReply["answeredBy"]["adapter"];
  /** The answer to each request from now on. */
  script(next: Scripted): void;
}

const LOOK_UP: ToolSpec = {
  toolSpec: {
    name: "look_up",
    description: "Looks a word up.",
    inputSchema: {
      json: {
        type: "object",
        properties: { word: { type: "string" } },
        required: ["word"],
        additionalProperties: false,
      },
    },
  },
};

const ASK: ModelRequest = {
  modelId: "vendor.reader-v1:0",
  system: [{ text: "You read." }, { cachePoint: { type: "default" } }],
  messages: [{ role: "user", content: [{ text: "What is an espalier?" }] }],
  inferenceConfig: { maxTokens: 100, temperature: 0, stopSequences: ["END"] },
};

const WITH_TOOLS: ModelRequest = {
  ...ASK,
  toolConfig: { tools: [LOOK_UP], toolChoice: { auto: {} } },
};

/** All that a conversation may hold: what an agent sends in its third turn. */
const LONG: ModelRequest = {
  ...WITH_TOOLS,
  messages: [
    ...ASK.messages,
    {
      role: "assistant",
      content: [
        { reasoningContent: { reasoningText: { text: "Hm.", signature: "c2ln" } } },
        { text: "I look it up." },
        { toolUse: { toolUseId: "a", name: "look_up", input: { word: "espalier" } } },
        { toolUse: { toolUseId: "b", name: "look_up", input: "{word: espalier" } },
      ],
    },
    {
      role: "user",
      content: [
        { toolResult: { toolUseId: "a", status: "success", content: [{ json: ["a tree"] }] } },
        {
          toolResult: {
            toolUseId: "b",
            status: "error",
            content: [{ text: "The arguments are no JSON." }, { json: { more: true } }],
          },
        },
        { text: "Go on." },
        { cachePoint: { type: "default", ttl: "1h" } },
      ],
    },
  ],
};

const signal = () => new AbortController().signal;

/** The contract of `Model`: the same request, the same reply, whoever answers. */
export function describeModel(name: string, make: () => Promise<ModelUnderTest>): void {
  describe(`Model: ${name}`, () => {
    let model: Model;
    let made: ModelUnderTest;
    beforeEach(async () => {
      made = await make();
      model = made.port;
    });
    afterEach(() => made.close?.());

    const replies: [string, ModelRequest, Pick<ModelReply, "content" | "stopReason">][] = [
      ["a text", ASK, { content: [{ text: "A tree." }], stopReason: "end_turn" }],
      [
        "a text of all kinds of signs",
        ASK,
        { content: [{ text: 'ä🌳\n"\\{{x}}' }], stopReason: "end_turn" },
      ],
      ["a text that was cut off", ASK, { content: [{ text: "A tr" }], stopReason: "max_tokens" }],
      ["a refusal", ASK, { content: [{ text: "I can not." }], stopReason: "content_filtered" }],
      [
        "a call of a tool, with words before it",
        WITH_TOOLS,
        {
          content: [
            { text: "I look it up." },
            { toolUse: { toolUseId: "a", name: "look_up", input: { word: "espalier" } } },
          ],
          stopReason: "tool_use",
        },
      ],
      [
        "several calls",
        WITH_TOOLS,
        {
          content: [
            { toolUse: { toolUseId: "a", name: "look_up", input: { word: "tree" } } },
            { toolUse: { toolUseId: "b", name: "look_up", input: { word: "frame" } } },
            { toolUse: { toolUseId: "c", name: "erase", input: {} } },
          ],
          stopReason: "tool_use",
        },
      ],
      [
        "a structured answer",
        {
          ...ASK,
          outputConfig: {
            textFormat: {
              type: "json_schema",
              name: "answer",
              schema: { type: "object", properties: { tree: { type: "boolean" } } },
            },
          },
        },
        { content: [{ text: '{"tree":true}' }], stopReason: "end_turn" },
      ],
      [
        "the answer of a forced tool",
        {
          ...ASK,
          toolConfig: {
            tools: [LOOK_UP],
            toolChoice: { tool: { name: "look_up" } },
          },
        },
        {
          content: [{ toolUse: { toolUseId: "a", name: "look_up", input: { word: "x" } } }],
          stopReason: "tool_use",
        },
      ],
      [
        "an answer in a long conversation",
        LONG,
        { content: [{ text: "A tree." }], stopReason: "end_turn" },
      ],
    ];

    it.each(replies)("hands on %s", async (_what, request, reply) => {
      made.script(reply);
      const before = structuredClone(request);
      const given = await model.converse(request, { signal: signal() });
      expect(given).toMatchObject(reply);
      expect(given.content).toHaveLength(reply.content.length);
      expect(request).toEqual(before);
    });

    it("says who answered, in how much time, and for how many tokens", async () => {
      made.script({ content: [{ text: "A tree." }], stopReason: "end_turn" });
      const { answeredBy, usage, latencyMs } = await model.converse(ASK, { signal: signal() });
      expect(answeredBy.adapter).toBe(made.adapter);
      expect(answeredBy.model).not.toBe("");
      expect(latencyMs).toBeGreaterThanOrEqual(0);
      const { estimated: _whether, ...counts } = usage;
      expect(Object.keys(counts).sort()).toEqual([
        "cacheReadInputTokens",
        "cacheWriteInputTokens",
        "inputTokens",
        "outputTokens",
      ]);
      expect(
        Object.values(counts).every((count) => Number.isSafeInteger(count) && count >= 0),
      ).toBe(true);
      expect(usage.inputTokens).toBeGreaterThan(0);
    });

    it("replies with plain JSON", async () => {
      made.script({
        content: [{ toolUse: { toolUseId: "a", name: "look_up", input: { word: "x" } } }],
        stopReason: "tool_use",
      });
      const reply = await model.converse(WITH_TOOLS, { signal: signal() });
      expect(JSON.parse(JSON.stringify(reply))).toEqual(reply);
    });

    it.each([
      ["throttled", "Model.Throttled"],
      ["unavailable", "Model.Unavailable"],
    ] as const)("says that the service is %s, by name", async (fault, error) => {
      made.script({ fault });
      await expect(model.converse(ASK, { signal: signal() })).rejects.toMatchObject({
        name: error,
      });
    });

    it("answers again after a failure", async () => {
      made.script({ fault: "unavailable" });
      await expect(model.converse(ASK, { signal: signal() })).rejects.toThrow();
      made.script({ content: [{ text: "A tree." }], stopReason: "end_turn" });
      const { content } = await model.converse(ASK, { signal: signal() });
      expect(content).toEqual([{ text: "A tree." }]);
    });

    it("asks nobody once the signal is aborted", async () => {
      const reason = new Error("the step is over");
      await expect(model.converse(ASK, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    it("stops waiting when the signal aborts, with its reason", async () => {
      made.script({ hang: true });
      const controller = new AbortController();
      const reason = new Error("the step is over");
      const asked = model.converse(ASK, { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 50);
      await expect(asked).rejects.toBe(reason);
    });

    it("answers many at once", async () => {
      made.script({ content: [{ text: "A tree." }], stopReason: "end_turn" });
      const asked = Array.from({ length: 20 }, (_, number) =>
        model.converse(
          { ...ASK, messages: [{ role: "user", content: [{ text: `Question ${number}` }] }] },
          { signal: signal() },
        ),
      );
      for (const { content } of await Promise.all(asked))
        expect(content).toEqual([{ text: "A tree." }]);
    });
  });
}
