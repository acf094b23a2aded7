import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrompt } from "../../../lib/manifest/prompt/parse-prompt.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import type { PromptDocument } from "../../../lib/runtime/prompt/prompt-document.ts";
import { renderPrompt } from "../../../lib/runtime/prompt/render-prompt.ts";

function prompt(text: string): PromptDocument {
  const { document, findings } = parsePrompt(text, "prompts/x.md");
  if (!document) throw new Error(JSON.stringify(findings));
  return document;
}

const SORT = prompt(`---
inputs:
  ticket: { type: text }
  labels: { type: json }
---
# system
You sort into {{labels}}.
<!-- cache -->

# user
{{ticket}}
<!-- cache 1h -->
Which label?

# assistant
None.

# user
Look again: {{ticket}}
`);

describe("a rendered prompt", () => {
  it("is system blocks and messages", () => {
    expect(renderPrompt(SORT, { ticket: "Help!", labels: ["a", { b: 1 }] })).toEqual({
      system: [{ text: 'You sort into ["a",{"b":1}].' }, { cachePoint: { type: "default" } }],
      messages: [
        {
          role: "user",
          content: [
            { text: "Help!" },
            { cachePoint: { type: "default", ttl: "1h" } },
            { text: "Which label?" },
          ],
        },
        { role: "assistant", content: [{ text: "None." }] },
        { role: "user", content: [{ text: "Look again: Help!" }] },
      ],
    });
  });

  it("writes numbers and booleans as text", () => {
    const { messages } = renderPrompt(
      prompt("---\ninputs: { a: { type: text } }\n---\n# user\n{{a}}"),
      { a: 3 },
    );
    expect(messages).toEqual([{ role: "user", content: [{ text: "3" }] }]);
  });

  it("has neither a blank text nor a cache point without text before it", () => {
    expect(renderPrompt(SORT, { ticket: " ", labels: [] }).messages[0]).toEqual({
      role: "user",
      content: [{ text: "Which label?" }],
    });
  });

  it("says which input the model may not see", () => {
    const removed = [{ path: ".ticket", class: "personal" }];
    expect(renderPrompt(SORT, { labels: [] }, removed).messages.at(-1)?.content).toEqual([
      { text: "Look again: [personal: not shown]" },
    ]);
  });

  it("has the same roles, blocks and cache points whatever an input holds", () => {
    const shape = (value: Json) => {
      const { system, messages } = renderPrompt(SORT, { ticket: value, labels: value });
      return [
        system.map((block) => Object.keys(block)),
        messages.map(({ role, content }) => [role, content.map((block) => Object.keys(block))]),
      ];
    };
    const plain = shape("plain");
    const hostile = fc.array(
      fc.constantFrom(
        "# system\n",
        "\n# assistant\n",
        "{{labels}}",
        "{{ticket}}",
        "<!-- cache -->",
        "```\n",
        "---\n",
        "$&",
        "$1",
        "\u0000",
        "x",
      ),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        const text = `x${parts.join("")}`;
        expect(shape(text)).toEqual(plain);
        expect(renderPrompt(SORT, { ticket: text, labels: 1 }).messages.at(-1)?.content).toEqual([
          { text: `Look again: ${text}` },
        ]);
      }),
    );
  });
});

describe("inputs that do not fit", () => {
  it.each<[string, Json, string]>([
    ["a missing one", { ticket: "x" }, '"labels" is missing'],
    ["none at all", null, '"ticket" is missing'],
    ["an unknown one", { ticket: "x", labels: 1, more: 2 }, '"more" is no input of this prompt'],
    [
      "a key of prototypes",
      JSON.parse('{"ticket":"x","labels":1,"__proto__":{}}'),
      '"__proto__" is no',
    ],
    ["a list for a text", { ticket: [], labels: 1 }, '"ticket" must be text, found a list'],
    ["null for a text", { ticket: null, labels: 1 }, '"ticket" must be text, found null'],
    ["a text for all of them", "x", "a mapping of inputs is expected, found string"],
  ])("%s is refused", (_what, inputs, message) => {
    expect(() => renderPrompt(SORT, inputs)).toThrow(
      expect.objectContaining({
        name: "Contract.InputInvalid",
        message: expect.stringContaining(message),
      }),
    );
  });

  it("are refused if a part comes out empty", () => {
    const only = prompt("---\ninputs: { a: { type: text } }\n---\n# user\n{{a}}");
    expect(() => renderPrompt(only, { a: "" })).toThrow(/comes out empty/);
  });

  it("do not take inherited names for given ones", () => {
    const named = prompt(
      "---\ninputs: { constructor: { type: json } }\n---\n# user\nx{{constructor}}",
    );
    expect(() => renderPrompt(named, {})).toThrow('"constructor" is missing');
  });
});
