import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrompt } from "../../../lib/manifest/prompt/parse-prompt.ts";

const HEAD = "---\ninputs:\n  text: { type: text }\n---\n";

function partsOf(text: string) {
  const { document, findings } = parsePrompt(text, "prompts/x.md");
  expect(findings).toEqual([]);
  return document?.parts;
}

describe("a prompt file", () => {
  it("has inputs, parts, placeholders and cache points", () => {
    const { document, findings } = parsePrompt(
      `---
description: Sorts tickets.
inputs:
  ticket: { type: text, description: As the customer wrote it }
  labels: { type: json }
---

# system

You sort tickets into {{ labels }}.

<!-- cache 1h -->

Answer shortly.

# user
Is this one urgent?

{{ticket}}
`,
      "prompts/sort.md",
    );
    expect(findings).toEqual([]);
    expect(document).toEqual({
      source: "prompts/sort.md",
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      inputs: {
        ticket: { type: "text", description: "As the customer wrote it" },
        labels: { type: "json" },
      },
      parts: [
        {
          role: "system",
          pieces: [
            { text: "You sort tickets into " },
            { input: "labels" },
            { text: "." },
            { cache: "1h" },
            { text: "Answer shortly." },
          ],
        },
        { role: "user", pieces: [{ text: "Is this one urgent?\n\n" }, { input: "ticket" }] },
      ],
    });
  });

  it("needs no front matter where it has no inputs", () => {
    expect(partsOf("# user\nHello\n")).toEqual([{ role: "user", pieces: [{ text: "Hello" }] }]);
    expect(partsOf("---\n---\n# user\nHello\n")).toHaveLength(1);
  });

  it("may have several system parts, and examples of answers", () => {
    expect(
      partsOf("# system\na\n# system\nb\n# user\nc\n# assistant\nd\n# user\ne")?.map(
        ({ role }) => role,
      ),
    ).toEqual(["system", "system", "user", "assistant", "user"]);
  });

  it.each([
    ["other headings", "# Rules\n## user\n# users"],
    ["headings in code", "```\n# system\n```"],
    ["headings in code within code", "~~~~\n```\n# system\n~~~\n# user\n~~~~"],
    ["cache points in code", "```\n<!-- cache -->\n```"],
    ["other comments", "<!-- a note -->"],
    ["single braces", '{"a": {"b": {}}}'],
  ])("keeps %s as text", (_what, body) => {
    expect(partsOf(`# user\n${body}\n`)).toEqual([{ role: "user", pieces: [{ text: body }] }]);
  });

  it("reads escaped headings and braces as text", () => {
    expect(partsOf("# user\n\\# system\n\\{{name}}\n")).toEqual([
      { role: "user", pieces: [{ text: "# system\n{{name}}" }] },
    ]);
  });

  it("inserts inputs in code, too", () => {
    expect(partsOf(`${HEAD}# user\n\`\`\`\n{{text}}\n\`\`\``)?.[0]?.pieces).toEqual([
      { text: "```\n" },
      { input: "text" },
      { text: "\n```" },
    ]);
  });

  it("reads line ends of Windows", () => {
    expect(partsOf(`${HEAD}# user\nA\n{{text}}\n`.replaceAll("\n", "\r\n"))?.[0]?.pieces).toEqual([
      { text: "A\n" },
      { input: "text" },
    ]);
  });
});

describe("what is wrong with a prompt file", () => {
  it.each([
    ["", "roles", 1, 1, "the prompt has no user part"],
    ["# system\nHi", "roles", 1, 1, "the prompt has no user part"],
    ["Hello\n# user\nHi", "roles", 1, 1, "text stands before the first part"],
    ["# user\nHi\n# System\nHi", "roles", 3, 1, "looks like the beginning of a part"],
    ["# user\nHi\n#assistant\nHi", "roles", 3, 1, "looks like the beginning of a part"],
    ["# user\nHi\n# system\nHi", "roles", 3, 1, "a system part stands behind others"],
    ["# user\nHi\n# user\nHi", "roles", 3, 1, "two user parts stand in a row"],
    ["# system\nx\n# assistant\nHi\n# user\nx", "roles", 3, 1, "must follow a user part"],
    ["# user\nHi\n# assistant\nHi", "roles", 3, 1, "ends with an assistant part"],
    ["# system\n\n# user\nHi", "roles", 1, 1, "this part is empty"],
    ["# user\n<!-- cache -->\nHi", "cache", 1, 1, "before any text"],
    ["# user\nHi <!-- cache 2h -->", "cache", 2, 4, "is no cache point"],
    ["# user\nHi <!-- cache", "cache", 2, 4, "is no cache point"],
    [
      `# user\n${"x <!-- cache -->\n".repeat(5)}`,
      "cache",
      1,
      1,
      "the prompt has 5 cache points; 4 are possible",
    ],
    [`${HEAD}# user\n{{text}} {{tex}}`, "placeholder", 6, 10, 'no input "tex"'],
    ["# user\nHi {{name}}", "placeholder", 2, 4, 'no input "name"'],
    ["# user\nHi {{__proto__}}", "placeholder", 2, 4, "names no input"],
    ["# user\nHi {{constructor}}", "placeholder", 2, 4, 'no input "constructor"'],
    ["# user\nHi {{a.b}}", "placeholder", 2, 4, "names no input"],
    ["# user\nHi {{}}", "placeholder", 2, 4, "names no input"],
    ["# user\nHi {{name", "placeholder", 2, 4, "is not closed on this line"],
    ["---\ninputs: {}\n# user\nHi", "front-matter", 1, 1, "is not closed"],
    ["---\ninputs:\n  a: { type: xml }\n---\n# user\n{{a}}", "front-matter", 3, 14, '"xml"'],
    ["---\ninput: {}\n---\n# user\nHi", "front-matter", 2, 1, 'the key "input" is unknown'],
    ["---\ninputs: {a\n---\n# user\nHi", "front-matter", 3, 1, "YAML"],
    ["---\ninputs:\n  a b: { type: text }\n---\n# user\nHi", "front-matter", 3, 3, '"a b"'],
  ])("%j: %s at %i:%i", (text, problem, line, column, message) => {
    const { document, findings } = parsePrompt(text, "x", "bundles/b/prompts/x.md");
    expect(document).toBeUndefined();
    expect(findings[0]).toMatchObject({
      problem,
      severity: "error",
      message: expect.stringContaining(message),
      place: { file: "bundles/b/prompts/x.md", line, column },
    });
  });

  it("names all of it", () => {
    const { findings } = parsePrompt("# user\n{{a}} {{b}}\n# system\nx", "x");
    expect(findings.map(({ place }) => `${place.line}:${place.column}`)).toEqual([
      "2:1",
      "2:7",
      "3:1",
    ]);
  });

  it("proposes the name that was probably meant", () => {
    const { findings } = parsePrompt(`${HEAD}# user\n{{text}} {{txt}}`, "x");
    expect(findings[0]?.hint).toBe('Did you mean "text"?');
  });

  it("warns of an input that is never used", () => {
    const { document, findings } = parsePrompt(`${HEAD}# user\nHi`, "x");
    expect(document).toBeDefined();
    expect(findings).toMatchObject([{ severity: "warning", problem: "placeholder" }]);
  });

  it("is told of any text, without throwing", () => {
    const token = fc.constantFrom(
      "---\n",
      "# user\n",
      "# system\n",
      "{{",
      "}}",
      "a",
      "\n",
      "<!-- cache -->",
      "```\n",
      "\\",
      "inputs:\n  a: { type: text }\n",
      "{{a}}",
      "\t",
      "\r\n",
      "é🌳",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const { document, findings } = parsePrompt(tokens.join(""), "x");
        const failed = findings.some(({ severity }) => severity === "error");
        expect(document === undefined).toBe(failed);
        for (const { place } of findings) {
          expect(place.line).toBeGreaterThan(0);
          expect(place.endColumn).toBeGreaterThan(place.column);
        }
      }),
      { numRuns: 500 },
    );
  });
});
