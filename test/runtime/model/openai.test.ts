import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../../../lib/runtime/json.ts";
import type { ModelRequest } from "../../../lib/runtime/model/model.ts";
import { openAiModel } from "../../../lib/runtime/model/openai.ts";
import { connectionError } from "../../../lib/runtime/model/openai-error.ts";
import { chatRequest } from "../../../lib/runtime/model/openai-request.ts";
import { requestOf } from "./model-world.ts";
import { chatBody, type OpenAiServer, type ServerAnswer, startOpenAi } from "./openai-server.ts";

const KEY = "sk-not-so-secret";
const GOOD = chatBody({ content: [{ text: "A tree." }], stopReason: "end_turn" });

let server: OpenAiServer;
beforeEach(async () => {
  server = await startOpenAi();
  server.answer = { body: GOOD };
});
afterEach(() => server.close());

const ask = (request: Partial<ModelRequest> = {}) =>
  openAiModel({ endpoint: server.url, apiKey: async () => KEY }).converse(
    requestOf("What is an espalier?", request),
    { signal: new AbortController().signal },
  );

/** An answer with these fields in the place of the usual ones. */
function answerWith(choice: object, more: object = {}): ServerAnswer {
  const message = { role: "assistant", content: "x" };
  return {
    body: JSON.stringify({ choices: [{ message, finish_reason: "stop", ...choice }], ...more }),
  };
}

describe("a request to an OpenAI-compatible server", () => {
  it("names the key, and goes to chat/completions", async () => {
    await ask();
    const [request] = server.requests;
    expect(request?.path).toBe("/v1/chat/completions");
    expect(request?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(request?.body).toEqual({
      model: "reader-small",
      messages: [{ role: "user", content: "What is an espalier?" }],
      max_tokens: 100,
      stream: false,
    });
  });

  it("keeps a query of the endpoint, and needs no key", async () => {
    const model = openAiModel({ endpoint: `${server.url}/?api-version=1` });
    await model.converse(requestOf("Hi"), { signal: new AbortController().signal });
    expect(server.requests[0]?.path).toBe("/v1/chat/completions?api-version=1");
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  it("has roles, calls and results as such servers want them", () => {
    const { messages } = chatRequest(
      requestOf("", {
        system: [{ text: "You read." }, { cachePoint: { type: "default" } }, { text: "Well." }],
        messages: [
          { role: "user", content: [{ text: "Hi" }] },
          {
            role: "assistant",
            content: [
              { reasoningContent: { reasoningText: { text: "Hm." } } },
              { toolUse: { toolUseId: "a", name: "look_up", input: { word: "x" } } },
              { toolUse: { toolUseId: "b", name: "look_up", input: "{word" } },
            ],
          },
          {
            role: "user",
            content: [
              { text: "Go on." },
              {
                toolResult: {
                  toolUseId: "a",
                  status: "success",
                  content: [{ json: { a: 1 } }, { text: "b" }],
                },
              },
              { toolResult: { toolUseId: "b", status: "error", content: [{ text: "no JSON" }] } },
            ],
          },
        ],
      }),
      false,
    );
    expect(messages).toEqual([
      { role: "system", content: "You read.\n\nWell." },
      { role: "user", content: "Hi" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "look_up", arguments: '{"word":"x"}' } },
          {
            id: "b",
            type: "function",
            function: { name: "look_up", arguments: '{"invalid_arguments":"{word"}' },
          },
        ],
      },
      { role: "tool", tool_call_id: "a", content: '{"a":1}\nb' },
      { role: "tool", tool_call_id: "b", content: "Error: no JSON" },
      { role: "user", content: "Go on." },
    ]);
  });

  it.each<[Json, Json]>([
    [{ auto: {} }, "auto"],
    [{ any: {} }, "required"],
    [{ tool: { name: "a" } }, { type: "function", function: { name: "a" } }],
  ])("chooses tools: %j", (toolChoice, expected) => {
    const json = {
      type: "object",
      properties: { b: { type: "string", "x-data-class": "public" } },
    };
    const { tools, tool_choice } = chatRequest(
      requestOf("Hi", {
        toolConfig: {
          tools: [{ toolSpec: { name: "a", description: "A", inputSchema: { json } } }],
          toolChoice: toolChoice as { auto: Record<string, never> },
        },
      }),
      false,
    );
    expect(tool_choice).toEqual(expected);
    expect(tools).toEqual([
      {
        type: "function",
        function: {
          name: "a",
          description: "A",
          parameters: { type: "object", properties: { b: { type: "string" } } },
        },
      },
    ]);
  });

  it.each([
    [{ type: "object", properties: { a: {} }, required: ["a"], additionalProperties: false }, true],
    [{ type: "object", properties: { a: {} }, additionalProperties: false }, false],
    [{ type: "object", properties: {}, required: [] }, false],
  ])("asks for a contract, strictly where it can be: %j", (schema, strict) => {
    const { response_format } = chatRequest(
      requestOf("Hi", { outputConfig: { textFormat: { type: "json_schema", schema, name: "x" } } }),
      false,
    );
    expect(response_format).toEqual({
      type: "json_schema",
      json_schema: { name: "x", schema, strict },
    });
  });

  it("limits tokens by the name that the server knows", () => {
    expect(chatRequest(requestOf("Hi"), true)).toMatchObject({ max_completion_tokens: 100 });
    expect(chatRequest(requestOf("Hi"), true)).not.toHaveProperty("max_tokens");
  });

  it("carries the model's own fields, but is never streamed", () => {
    const additionalModelRequestFields = { seed: 1, stream: true };
    expect(chatRequest(requestOf("Hi", { additionalModelRequestFields }), false)).toMatchObject({
      seed: 1,
      stream: false,
    });
  });
});

describe("an answer of an OpenAI-compatible server", () => {
  it.each([
    ["stop", "end_turn"],
    ["length", "max_tokens"],
    ["content_filter", "content_filtered"],
    ["model_length", "model_context_window_exceeded"],
    ["tool_calls", "end_turn"],
    ["something new", "end_turn"],
    [null, "end_turn"],
  ])("that ends with %j is %s", async (finish_reason, stopReason) => {
    server.answer = answerWith({ finish_reason });
    expect(await ask()).toMatchObject({ stopReason, content: [{ text: "x" }] });
  });

  it("with calls has the reason tool_use, whatever the server calls it", async () => {
    const call = { id: "a", function: { name: "look_up", arguments: "{}" } };
    server.answer = answerWith({ message: { content: "", tool_calls: [call] } });
    expect((await ask()).stopReason).toBe("tool_use");
    server.answer = answerWith({ message: { tool_calls: [call] }, finish_reason: "length" });
    expect((await ask()).stopReason).toBe("max_tokens");
  });

  it.each<[string, unknown, Json]>([
    ["JSON", '{"word":"x"}', { word: "x" }],
    ["nothing", "", {}],
    ["an object", { word: "x" }, { word: "x" }],
    ["broken JSON", '{"word": "x', '{"word": "x'],
    ["a list", "[1]", [1]],
    ["null", null, {}],
  ])("keeps arguments that are %s", async (_what, written, input) => {
    const call = { id: "a", function: { name: "look_up", arguments: written } };
    server.answer = answerWith({ message: { content: null, tool_calls: [call] } });
    expect((await ask()).content).toEqual([
      { toolUse: { toolUseId: "a", name: "look_up", input } },
    ]);
  });

  it("keeps keys of prototypes as keys", async () => {
    const call = { id: "a", function: { name: "x", arguments: '{"__proto__":{"a":1}}' } };
    server.answer = answerWith({ message: { tool_calls: [call] } });
    const { content } = await ask();
    expect(JSON.stringify(content)).toContain('"__proto__":{"a":1}');
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it("gives calls without ids some of their own", async () => {
    const call = { id: "", function: { name: "x", arguments: "{}" } };
    server.answer = answerWith({ message: { tool_calls: [call, call] } });
    const ids = (await ask()).content.map((block) => "toolUse" in block && block.toolUse.toolUseId);
    expect(ids).toEqual(["call_1_0", "call_1_1"]);
  });

  it("counts cached tokens apart", async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 80 },
    };
    server.answer = answerWith({}, { usage });
    expect((await ask()).usage).toEqual({
      inputTokens: 20,
      outputTokens: 7,
      cacheReadInputTokens: 80,
      cacheWriteInputTokens: 0,
    });
  });

  it.each([{}, { usage: null }, { usage: { prompt_tokens: -1, completion_tokens: "7" } }])(
    "without counts is estimated: %j",
    async (more) => {
      server.answer = answerWith({}, more);
      expect((await ask()).usage).toMatchObject({ estimated: true, outputTokens: 4 });
    },
  );

  it("leaves reasoning out", async () => {
    server.answer = answerWith({
      message: { content: "x", reasoning_content: "Hm.", reasoning: "Hm." },
    });
    expect((await ask()).content).toEqual([{ text: "x" }]);
  });

  it("joins the parts of a text", async () => {
    const content = [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ];
    server.answer = answerWith({ message: { content } });
    expect((await ask()).content).toEqual([{ text: "ab" }]);
  });

  it("that refuses is a refusal", async () => {
    server.answer = answerWith({ message: { content: null, refusal: "I can not." } });
    expect(await ask()).toMatchObject({
      stopReason: "content_filtered",
      content: [{ text: "I can not." }],
    });
  });

  it("says which model answered", async () => {
    server.answer = answerWith({}, { model: "reader-small-2026-10" });
    expect((await ask()).answeredBy).toEqual({ adapter: "openai", model: "reader-small-2026-10" });
  });
});

describe("a failure of an OpenAI-compatible server", () => {
  const said = (message: string, code?: string) => JSON.stringify({ error: { message, code } });

  it.each<[string, ServerAnswer, string]>([
    ["429", { status: 429, body: said("Slow down") }, "Model.Throttled"],
    ["500", { status: 500, body: "" }, "Model.Unavailable"],
    ["a proxy's page", { status: 502, body: "<html></html>" }, "Model.Unavailable"],
    ["408", { status: 408, body: "" }, "Model.Unavailable"],
    ["400", { status: 400, body: said("No such field") }, "Model.RequestInvalid"],
    ["404 of Ollama", { status: 404, body: '{"error":"model not found"}' }, "Model.RequestInvalid"],
    [
      "422 without words",
      { status: 422, body: '{"detail":[{"input":"x"}]}' },
      "Model.RequestInvalid",
    ],
    ["401", { status: 401, body: said("Incorrect API key") }, "Model.RequestInvalid"],
    [
      "a code for the context",
      { status: 400, body: said("x", "context_length_exceeded") },
      "Model.ContextExceeded",
    ],
    [
      "words for the context",
      { status: 400, body: said("This model's maximum context length is 8192 tokens") },
      "Model.ContextExceeded",
    ],
    ["a filter", { status: 400, body: said("x", "content_filter") }, "Model.Refused"],
    [
      "a redirect",
      { status: 302, headers: { location: "http://example.com/" }, body: "" },
      "Model.RequestInvalid",
    ],
    ["no JSON", { body: "data: [DONE]" }, "Model.Unavailable"],
    ["truncated JSON", { body: GOOD.slice(0, 60) }, "Model.Unavailable"],
    ["an empty body", { body: "" }, "Model.Unavailable"],
    ["no choices", { body: '{"choices":[]}' }, "Model.Unavailable"],
    ["null", { body: "null" }, "Model.Unavailable"],
    ["a generation that broke off", answerWith({ finish_reason: "error" }), "Model.Unavailable"],
    ["a body that ends early", { cutAfter: 20, body: GOOD }, "Model.Unavailable"],
    ["a reset connection", { reset: true }, "Model.Unavailable"],
  ])("%s has a name, and is not tried again", async (_what, answer, name) => {
    server.answer = answer;
    await expect(ask()).rejects.toMatchObject({ name });
    expect(server.requests).toHaveLength(1);
  });

  it("names the time after which to try again", async () => {
    server.answer = { status: 429, headers: { "retry-after": "7" }, body: "" };
    await expect(ask()).rejects.toThrow("after 7 s");
  });

  it("does not repeat the key, however the server does", async () => {
    server.answer = { status: 401, body: said(`Incorrect API key provided: ${KEY}.`, KEY) };
    const error = (await ask().catch((thrown: unknown) => thrown)) as Error & { details: unknown };
    expect(error.message).toContain("Incorrect API key provided: [key].");
    expect(`${error.message}${JSON.stringify(error.details)}`).not.toContain(KEY);
  });

  it("quotes only a little of what a server says", async () => {
    server.answer = { status: 400, body: said("x".repeat(10_000)) };
    const error = (await ask().catch((thrown: unknown) => thrown)) as Error;
    expect(error.message.length).toBeLessThan(500);
  });

  it("is not waited for where a server of this machine was not started", async () => {
    await server.close();
    await expect(ask()).rejects.toMatchObject({
      name: "Model.RequestInvalid",
      message: expect.stringMatching(/ECONNREFUSED.*start the server, then redrive the run/),
    });
  });

  it.each([
    ["http://models.example.com/v1", "ECONNREFUSED", "Is the server running?"],
    ["http://127.0.0.1:1/v1", "ECONNRESET", "cannot be reached (ECONNRESET)"],
  ])("is waited for at %s after %s", (url, code, said) => {
    expect(connectionError({ cause: { code } }, url)).toMatchObject({
      name: "Model.Unavailable",
      message: expect.stringContaining(said),
    });
  });

  it("does not read answers without end", async () => {
    server.answer = {
      body: `{"choices":[{"message":{"content":"${"x".repeat(17 * 1024 * 1024)}"}}]}`,
    };
    await expect(ask()).rejects.toMatchObject({
      name: "Model.Unavailable",
      message: expect.stringContaining("16 MiB"),
    });
  });

  it.each(["no url", "ftp://example.com/v1", "http://ada:pass@127.0.0.1/v1"])(
    "is an endpoint such as %s, and its password is not repeated",
    (endpoint) => {
      const open = () => openAiModel({ endpoint });
      expect(open).toThrow(expect.objectContaining({ name: "Model.RequestInvalid" }));
      expect(open).not.toThrow(/ada|pass@/);
    },
  );
});
