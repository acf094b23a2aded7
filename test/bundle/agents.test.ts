import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bundle, loadBundle } from "../../lib/bundle/index.ts";
import { compile } from "../../lib/compiler/index.ts";
import { agentText, OWN, PROMPT } from "../../lib/manifest/codes/agent-example.ts";
import type { AgentDocument } from "../../lib/runtime/agent/agent-document.ts";
import type { Chunk } from "../../lib/runtime/knowledge/retrieve-document.ts";
import { exampleFiles, writeFiles } from "../manifest/example-bundle.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-agents-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const STAND_IN = `import { standIn } from "espalier";
export default standIn(() => ({ json: { found: true } }));
`;

const MANIFEST = `apiVersion: espalier/v1
workflow: example
version: 1.0.0
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
limits: { cost: 2 USD }
uses:
  models: { reader: ^1.0.0 }
  toolsets: { files: ^1.0.0 }
  prompts: { asking: ^1.0.0 }
  knowledge: { handbook: ^1.0.0 }
  memory: { notes: ^1.0.0 }
steps:
  - id: known
    retrieve: handbook
    with: { query: licences }
  - id: answer
    model: reader
    prompt: asking/short
    with: { question: "{% $known.results[0].text %}" }
    output: contracts/answer.yaml
    standIn: agents/answer.stand-in.ts
  - id: found
    agent: agents/finder.yaml
    with: { question: "{% $answer.text %}" }
    limits: { outputTokens: 500 }
  - id: brief
    prompt: prompts/ask.md
    with: { question: "{% $found.quote %}" }
  - id: kept
    memory: notes
    operation: write
    with: { key: last, value: "{% $brief.provenance.rendered %}" }
`;

const FILES = {
  ...exampleFiles({ manifest: MANIFEST }),
  "contracts/answer.yaml":
    "type: object\nproperties: { text: { type: string } }\nrequired: [text]\nadditionalProperties: false\n",
  "agents/answer.stand-in.ts": STAND_IN,
  "agents/finder.stand-in.ts": STAND_IN,
  "agents/finder.yaml": `${agentText({
    tools: "{ files: [read_file, write_file] }",
    approve: "approve: { policy: approvals/review.yaml, tools: [write_file] }\n",
    artifact: "{ type: object, properties: { quote: { type: string } } }",
  })}standIn: agents/finder.stand-in.ts\n`,
  "prompts/asking/component.yaml": OWN("asking", "prompts"),
  "prompts/asking/short.md": PROMPT,
  "knowledge/handbook/component.yaml": OWN("handbook", "knowledge"),
  "knowledge/handbook/knowledge.yaml":
    "documents: [documents]\nchunk: { size: 100, overlap: 10 }\nlimit: 2\n",
  "knowledge/handbook/documents/a.md": `# Licences\n\n${"Some are permissive. ".repeat(20)}\n`,
  "knowledge/handbook/documents/b.txt": "Others are not.\n",
  "memory/notes/component.yaml": OWN("notes", "memory"),
  "memory/notes/memory.yaml":
    "scope: customer\nretention: 30d\nreaders: [example]\nwriters: [example]\n",
};

async function load(changes: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(root, "bundle-"));
  writeFiles(folder, { ...FILES, ...changes });
  const { bundle, diagnostics } = await loadBundle(folder);
  const compiled = bundle ? compile(bundle, { today: "2026-11-21" }) : { diagnostics: [] };
  const told = [...diagnostics, ...compiled.diagnostics].map(
    ({ code, place, message }) =>
      `${place?.file.split("bundle-")[1]?.slice(7)}:${place?.line}:${place?.column} ${code} ${message}`,
  );
  return { bundle, plan: "plan" in compiled ? compiled.plan : undefined, told };
}

const chunksOf = (bundle: Bundle | undefined): Chunk[] =>
  JSON.parse(
    Buffer.from(
      bundle?.sources.get("components/knowledge/handbook/chunks.json") ?? "[]",
    ).toString(),
  ) as Chunk[];

describe("a bundle with models and agents", () => {
  it("is loaded whole, and compiles to one function for each step and tool", async () => {
    const { bundle, plan, told } = await load();
    expect(told).toEqual([]);
    expect([...(bundle?.agents.keys() ?? [])]).toEqual(["agents/finder.yaml"]);
    expect(bundle?.prompts.get("asking/short")?.source).toBe("asking@1.0.0/short");
    expect([...(bundle?.code.keys() ?? [])].sort()).toEqual([
      "agents/answer.stand-in.ts",
      "agents/finder.stand-in.ts",
      "components/toolsets/files/tool.ts",
    ]);
    expect(plan?.functions.map(({ name, kind, step }) => [name, kind, step])).toEqual([
      ["known", "retrieve", "known"],
      ["answer", "model", "answer"],
      ["found", "agent", "found"],
      ["brief", "prompt", "brief"],
      ["kept", "memory", "kept"],
      ["files-read_file", "tool", null],
      ["files-write_file", "tool", null],
    ]);
    expect(plan?.approvals).toMatchObject([
      { step: "found", state: "found.approval", policy: { approval: "review" } },
    ]);
  });

  it("gives an agent's function everything resolved", async () => {
    const { plan } = await load();
    const found = plan?.functions.find(({ kind }) => kind === "agent");
    const document = found?.kind === "agent" ? found.document : ({} as AgentDocument);
    expect(document).toMatchObject({
      agent: "finder",
      model: { component: "reader", version: "1.0.0", prices: { currency: "USD", input: 3e6 } },
      prompt: { source: "prompts/ask.md" },
      limits: { turns: 5, cost: 500_000, time: 300, repeatedCalls: 3, toolErrors: 10 },
      approve: { policy: "approvals/review.yaml", tools: ["write_file"] },
      standIn: "agents/finder.stand-in.ts",
      budget: {
        currency: "USD",
        run: { cost: 2_000_000, inputTokens: null, outputTokens: null },
        step: { cost: null, inputTokens: null, outputTokens: 500 },
      },
    });
    expect(document.tools).toEqual([
      {
        name: "read_file",
        description: "Reads a file",
        input: expect.objectContaining({ type: "object", required: ["path"] }),
        effect: "read",
        function: "files-read_file",
        mcp: null,
        timeout: 60,
        rate: null,
        idempotent: true,
        redact: [],
        output: expect.objectContaining({ type: "object" }),
      },
      expect.objectContaining({ name: "write_file", effect: "write", idempotent: true }),
    ]);
  });

  it("keeps knowledge cut into chunks, as part of its content and digest", async () => {
    const { bundle, plan } = await load();
    const chunks = chunksOf(bundle);
    expect(new Set(chunks.map(({ source }) => source))).toEqual(
      new Set(["documents/a.md", "documents/b.txt"]),
    );
    expect(Math.max(...chunks.map(({ text }) => text.length))).toBeLessThanOrEqual(100);
    expect(chunks.length).toBeGreaterThan(4);
    const known = plan?.functions.find(({ name }) => name === "known");
    expect(known?.kind === "retrieve" && known.document).toMatchObject({
      knowledge: "handbook",
      chunks: "components/knowledge/handbook/chunks.json",
      limit: 2,
    });
    const other = await load({
      "knowledge/handbook/knowledge.yaml":
        "documents: [documents]\nchunk: { size: 120 , overlap: 10 }\n",
    });
    expect(other.bundle?.digest).not.toBe(bundle?.digest);
  });

  it("has another digest as soon as an agent, a prompt or a stand-in is another", async () => {
    const digests = new Set<string | undefined>();
    for (const changes of [
      {},
      { "agents/finder.yaml": FILES["agents/finder.yaml"].replace("turns: 5", "turns: 6") },
      { "prompts/ask.md": `${PROMPT}Please.\n` },
      { "prompts/asking/short.md": `${PROMPT}Please.\n` },
      { "agents/finder.stand-in.ts": STAND_IN.replace("true", "false") },
      { "contracts/answer.yaml": `${FILES["contracts/answer.yaml"]}title: Answer\n` },
    ]) {
      const { bundle, told } = await load(changes);
      expect(told).toEqual([]);
      digests.add(bundle?.digest);
    }
    expect(digests.size).toBe(6);
  });

  it.each<[string, Readonly<Record<string, string>>, string[]]>([
    [
      "a prompt that a component does not have",
      { "workflow.yaml": MANIFEST.replace("asking/short", "asking/shrt") },
      [expect.stringMatching(/^workflow.yaml:18:13 ESP703 the component "asking" has no prompt/)],
    ],
    [
      "what an agent names, at the place in its file",
      {
        "agents/finder.yaml": FILES["agents/finder.yaml"]
          .replace("prompts/ask.md", "prompts/missing.md")
          .replace("finder.stand-in.ts", "other.stand-in.ts"),
      },
      [
        'agents/finder.yaml:4:15 ESP703 "prompts/missing.md": the bundle has no such file',
        expect.stringMatching(/^agents\/finder.yaml:\d+:10 ESP703 "agents\/other.stand-in.ts"/),
      ],
    ],
    [
      "a malformed prompt of a component",
      { "prompts/asking/short.md": "# user\n{{question}}\n" },
      [expect.stringMatching(/^prompts\/asking\/short.md:2:1 ESP865 /)],
    ],
    [
      "an agent's file, as any other",
      { "agents/finder.yaml": FILES["agents/finder.yaml"].replace("model:", "modell:") },
      [
        'agents/finder.yaml:1:1 ESP202 the key "model" is missing here',
        'agents/finder.yaml:3:1 ESP201 the key "modell" is unknown here',
      ],
    ],
    [
      "a document that is not there",
      { "knowledge/handbook/knowledge.yaml": "documents: [docs]\n" },
      [
        expect.stringMatching(
          /^knowledge\/handbook\/knowledge.yaml:1:13 ESP703 the component has neither/,
        ),
      ],
    ],
    [
      "a stand-in in the place of a step's code",
      { "workflow.yaml": `${MANIFEST}  - { id: last, task: agents/finder.stand-in.ts }\n` },
      [expect.stringMatching(/ESP706 the default export is no step, but a stand-in/)],
    ],
    [
      "a contract that is none, written into the step",
      { "workflow.yaml": MANIFEST.replace("contracts/answer.yaml", "{ type: objekt }") },
      [expect.stringMatching(/^workflow.yaml:20:21 ESP401 /)],
    ],
    [
      "an artifact that is no contract",
      {
        "agents/finder.yaml": FILES["agents/finder.yaml"].replace(
          "{ type: object, properties: { quote: { type: string } } }",
          "{ type: object, propertys: {} }",
        ),
      },
      [expect.stringMatching(/^agents\/finder.yaml:\d+:27 ESP201 /)],
    ],
  ])("is told of %s", async (_name, changes, expected) => {
    expect((await load(changes)).told).toEqual(expected);
  });
});
