/** What the adapter reads from the bodies that Converse answers with. */
import { describe, expect, it } from "vitest";
import { STOP_REASONS } from "../../lib/runtime/model/model.ts";
import { replyError } from "../../lib/runtime/model/reply-error.ts";
import { ASK, useBedrock } from "./bedrock-world.ts";
import { converseBody } from "./converse-server.ts";

const bedrock = useBedrock();
const { ask, sent } = bedrock;

describe("Bedrock's adapter reads", () => {
  it.each(STOP_REASONS)("the stop reason %s", async (stopReason) => {
    bedrock.server.answer = { body: converseBody({ content: [{ text: "A tree." }], stopReason }) };
    expect(await ask()).toMatchObject({ stopReason, content: [{ text: "A tree." }] });
  });

  it("tokens of the cache", async () => {
    const usage = {
      inputTokens: 30,
      outputTokens: 628,
      cacheReadInputTokens: 1200,
      cacheWriteInputTokens: 40,
    };
    bedrock.server.answer = {
      body: converseBody({ content: [{ text: "x" }], stopReason: "end_turn", usage }),
    };
    expect(await ask()).toMatchObject({ usage, latencyMs: 551 });
  });

  it("malformed tool use, whatever stands in the place of arguments", async () => {
    bedrock.server.answer = {
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
    bedrock.server.answer = { body };
    const { content } = await ask();
    expect(JSON.stringify(content)).toContain('"constructor":2');
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it("reasoning, and sends it back unchanged", async () => {
    bedrock.server.answer = {
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
    bedrock.server.answer = {
      body: converseBody({ ...BLOCKED, stopReason: "guardrail_intervened" }),
    };
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
    bedrock.server.answer = {
      body: converseBody({ content, stopReason: "guardrail_intervened", trace }),
    };
    const reply = await ask();
    expect(reply.content).toEqual(content);
    expect(replyError(reply)).toBeUndefined();
  });

  it("an answer without counts as estimated", async () => {
    bedrock.server.answer = {
      body: '{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}},"stopReason":"end_turn"}',
    };
    expect((await ask()).usage).toMatchObject({ estimated: true, outputTokens: 4 });
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
