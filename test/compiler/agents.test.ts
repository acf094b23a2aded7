import { describe, expect, it } from "vitest";
import { compile } from "../../lib/compiler/index.ts";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { ASK, agentWith, MODEL, OWN } from "./agent-bundle.ts";
import { type BundleParts, bundleOf, compileSteps, findingsIn, TODAY } from "./bundle-of.ts";

describe("findings about steps that use components", () => {
  it.each<[string, string, BundleParts, string[]]>([
    [
      "a model that is misspelt",
      ASK.replace("reader", "raeder"),
      { keys: "uses: { models: { reader: ^1.0.0 } }\n" },
      ['1 ESP851 «raeder» nothing under uses.models is called "raeder"'],
    ],
    [
      "knowledge and memory that are not used",
      "- { id: a, retrieve: book, with: { query: x } }\n- { id: b, memory: diary, operation: read, with: { key: x } }\n",
      {},
      [
        '1 ESP851 «book» nothing under uses.knowledge is called "book"',
        '2 ESP851 «diary» nothing under uses.memory is called "diary"',
      ],
    ],
    [
      "inputs of a prompt that are missing and that it does not have",
      "- { id: a, model: reader, prompt: prompts/ask.md, with: { valeu: 1 } }\n- { id: b, prompt: prompts/ask.md }\n",
      {},
      [
        '1 ESP410 «with» the input of prompts/ask.md lacks "value", which is required',
        '1 ESP411 «valeu» the input of prompts/ask.md has no "valeu"',
        '2 ESP410 «prompt» the input of prompts/ask.md lacks "value", which is required',
      ],
    ],
    [
      "an object where a prompt takes text",
      "- { id: a, model: reader, prompt: prompts/text.md, with: { value: { x: 1 } } }\n",
      {
        texts: {
          "prompts/text.md": "---\ninputs: { value: { type: text } }\n---\n# user\n{{value}}\n",
        },
      },
      [
        '1 ESP412 «{ x: 1 }» "value" of the input of prompts/text.md is object, but boolean or number or string is expected',
      ],
    ],
    [
      "what an answer, an artifact or a finding of knowledge does not have",
      `${ASK}- { id: b, agent: agents/own.yaml, with: { value: "{% $a.txt %}" } }\n- { id: c, set: "{% $b.found %}" }\n`,
      agentWith((text) =>
        text.replace("{ type: object }", "{ type: object, additionalProperties: false }"),
      ),
      ['2 ESP413 «txt» "$a" has no "txt"', '3 ESP413 «found» "$b" has no "found"'],
    ],
    [
      "what no search, memory or rendered prompt yields",
      `- { id: a, retrieve: handbook, with: { query: x } }
- { id: b, memory: notes, operation: forget, with: { key: x } }
- { id: c, prompt: prompts/ask.md, with: { value: "{% $a.results.txt %}" } }
- { id: d, set: ["{% $a.result %}", "{% $b.val %}", "{% $c.provenance.digest %}", "{% $a.results[0].text %}"] }
`,
      {},
      [
        '3 ESP413 «txt» "$a.results" has no "txt"',
        '4 ESP413 «result» "$a" has no "result"',
        '4 ESP413 «val» "$b" has no "val"',
        '4 ESP413 «digest» "$c.provenance" has no "digest"',
      ],
    ],
    [
      "a query that is none",
      "- { id: a, retrieve: handbook, with: { query: [x], limits: 3 } }\n",
      {},
      [
        '1 ESP412 «[x]» "query" of the query of "a" is array, but string is expected',
        '1 ESP411 «limits» the query of "a" has no "limits"',
      ],
    ],
    [
      "a memory that nothing is written to",
      "- { id: a, memory: notes, operation: write, with: { key: x } }\n",
      {},
      ['1 ESP410 «with» the input of "a" lacks "value", which is required'],
    ],
    [
      "what an agent's own contract wants",
      OWN,
      agentWith(
        (text) => `${text}input: { type: object, required: [topic], properties: { value: {} } }\n`,
      ),
      ['1 ESP410 «with» the input of "a" lacks "topic", which is required'],
    ],
    [
      "limits in the wrong currency, of the run and of the step",
      ASK.replace("with:", "limits: { cost: 1 GBP }, with:"),
      { keys: "limits: { cost: 5 EUR }\n" },
      [
        '0 ESP858 «5 EUR» the limit is in EUR, but the prices of the model "reader" are in USD',
        '1 ESP858 «1 GBP» the limit is in GBP, but the prices of the model "reader" are in USD',
      ],
    ],
    [
      "an answer that is a list",
      ASK.replace("with:", "output: { type: array }, with:"),
      {},
      ["1 ESP856 «{ type: array }» the answer is no contract of an object"],
    ],
  ])("tell of %s", (_name, steps, parts, expected) => {
    const found = findingsIn(steps, parts);
    expect(found.map((one) => one.replace(/^-\d+/, "0"))).toEqual(expected);
  });

  it("have no price where nothing limits the cost", () => {
    const documents = { "models.reader": MODEL };
    const { plan, diagnostics } = compileSteps(ASK, { documents });
    expect(diagnostics).toEqual([]);
    const [one] = plan?.functions ?? [];
    expect(one?.kind === "model" && one.document.model.prices).toEqual({
      currency: "XXX",
      input: 0,
      output: 0,
      cacheRead: 0,
      cacheWrite: 0,
    });
    expect(findingsIn(ASK, { documents, keys: "limits: { cost: 1 USD }\n" })).toEqual([
      expect.stringContaining("ESP857"),
    ]);
  });

  it("say once what is wrong with an agent that several steps use, at its own file", () => {
    const steps = `${OWN}${OWN.replace("id: a", "id: b")}`;
    const parts = agentWith((text) =>
      text.replace("write_file] }\napprove", "write_file, list_files] }\napprove"),
    );
    const { diagnostics } = compile(bundleOf(steps, parts), { today: TODAY });
    expect(diagnostics.map(({ code, place }) => [code, place?.file, place?.line])).toEqual([
      ["ESP852", "agents/own.yaml", 5],
    ]);
  });

  it("warn of an agent, or of whom it asks, that may take longer than the run", () => {
    const told = (name: string, duration: string) =>
      findingsIn(`- { id: a, agent: agents/${name}.yaml, with: { value: 1 } }\n`, {
        keys: `limits: { duration: ${duration} }\n`,
      });
    expect(told("looking", "1h")).toEqual([]);
    expect(told("looking", "5m")).toEqual([
      '1 ESP605 «agents/looking.yaml» "a" may take 10m, but the run ends after 5m',
    ]);
    expect(told("asking", "1h")).toEqual([
      '1 ESP605 «agents/asking.yaml» "a" may take 3d, but the run ends after 1h',
    ]);
  });

  it("need no approval before an agent whose tools a person decides on", () => {
    expect(
      compileSteps(
        OWN,
        agentWith((text) => text),
      ).diagnostics,
    ).toEqual([]);
  });

  it("miss stand-ins only where these answer", () => {
    const bundle = bundleOf(
      `${ASK}${OWN.replace("id: a", "id: b")}`,
      agentWith((text) => text),
    );
    for (const models of ["bedrock", "openai", "recording", undefined] as const) {
      expect(compile(bundle, { today: TODAY, models }).diagnostics).toEqual([]);
    }
    const { plan, diagnostics } = compile(bundle, { today: TODAY, models: "stand-in" });
    expect(plan).toBeUndefined();
    expect(diagnostics.map(({ code, place }) => [code, place?.line])).toEqual([
      ["ESP861", 6],
      ["ESP861", 7],
    ]);
  });
});

describe("clearance", () => {
  const input: JsonObject = {
    type: "object",
    properties: {
      name: { type: "string", "x-data-class": "personal" },
      note: { type: "string", "x-data-class": "internal" },
      order: { $ref: "#/$defs/order" },
      lines: { type: "array", items: { $ref: "#/$defs/order" } },
    },
    $defs: {
      order: {
        type: "object",
        properties: { address: { type: "string", "x-data-class": "personal" }, total: {} },
      },
    },
  };
  const ask = (value: string) => ASK.replace("value: 1", `value: "${value}"`);

  it.each<[string, string, string[]]>([
    ["of a class that it may be shown", "{% $input.note %}", []],
    [
      "of a class that it may not be shown",
      "{% $input.name %}",
      ['error "value" is personal, and the model "reader" may be shown public, internal'],
    ],
    ["computed of classed data, which nobody can know", "{% 'a' & $input.name %}", []],
  ])("of a model is held against what it is given: %s", (_name, value, expected) => {
    const { diagnostics } = compileSteps(ask(value), { input });
    const told = diagnostics.map(({ severity, message }) => `${severity} ${message}`);
    expect(told).toEqual(expected.map((one) => expect.stringContaining(one)));
  });

  it("warns of parts that will be removed, and tells the function which", () => {
    const { plan, diagnostics } = compileSteps(ask("{% $input.order %}"), { input });
    expect(diagnostics).toMatchObject([
      { code: "ESP860", severity: "warning", message: expect.stringContaining("value.address") },
    ]);
    const [one] = plan?.functions ?? [];
    expect(one?.kind === "model" && one.document.input).toEqual({
      type: "object",
      additionalProperties: false,
      required: ["value"],
      properties: { value: {} },
      allOf: [
        {
          properties: {
            value: { properties: { address: { "x-data-class": "personal" } } },
          },
        },
      ],
    });
  });

  it("follows classes into lists, and into an agent's own contract", () => {
    expect(compileSteps(ask("{% $input.lines %}"), { input }).diagnostics).toMatchObject([
      { severity: "warning", message: expect.stringContaining('"value[].address"') },
    ]);
    const parts = agentWith(
      (text) =>
        `${text}input: { type: object, properties: { value: {}, phone: { type: string, x-data-class: personal } } }\n`,
    );
    const steps = OWN.replace("value: 1", 'value: 1, phone: "{% $input.phone %}"');
    expect(compileSteps(steps, parts).diagnostics).toMatchObject([
      { severity: "warning", message: expect.stringContaining('"phone" is personal') },
    ]);
  });
});
