import { describe, expect, it } from "vitest";
import { diffParts } from "../../../lib/bundle/diff/index.ts";
import { bundleParts } from "../../../lib/bundle/lock/index.ts";
import { content, type Seed } from "./seeded-bundle.ts";

const before = bundleParts(content({}));
const diff = (seed: Seed) => diffParts(before, bundleParts(content(seed)));
const manifest = (from: string, to: string): Seed => ({ sources: { "workflow.yaml": [from, to] } });
const file = (path: string, from: string, to: string): Seed => ({
  sources: { [path]: [from, to] },
});
const MODEL = "components/models/reader/model.yaml";
const SHOP = "components/toolsets/shop/toolset.yaml";
const FILES = "components/toolsets/files/toolset.yaml";

/** What was done, and the one thing that the diff names: `OWNER KIND NAME CHANGE`. */
const SEEDS: readonly (readonly [string, Seed, string])[] = [
  [
    "a word of a prompt",
    file("prompts/classify.md", "brief", "short"),
    "bundle prompt prompts/classify.md changed",
  ],
  [
    "a word of instructions",
    file("prompts/write.md", "an answer", "a reply"),
    "bundle prompt prompts/write.md changed",
  ],
  [
    "a word of a component's prompt",
    file("components/prompts/shared/tone.md", "kind", "firm"),
    "prompts.shared prompt tone.md changed",
  ],
  [
    "a limit of an agent",
    file("agents/writer.yaml", "turns: 8", "turns: 9"),
    "bundle agent agents/writer.yaml changed",
  ],
  [
    "an approver",
    file("approvals/send.yaml", "risk@", "legal@"),
    "bundle approval approvals/send.yaml changed",
  ],
  [
    "a deadline",
    file("approvals/send.yaml", "3d", "1d"),
    "bundle approval approvals/send.yaml changed",
  ],
  [
    "an entry of a policy",
    { sources: { "policy/licences.yaml": "allow: [MIT]\n" } },
    "bundle file policy/licences.yaml changed",
  ],
  [
    "a file that is gone",
    { sources: { "policy/licences.yaml": null } },
    "bundle file policy/licences.yaml removed",
  ],
  [
    "a file that is new",
    { sources: { "policy/more.yaml": "a: 1\n" } },
    "bundle file policy/more.yaml added",
  ],
  [
    "a field of a contract",
    file("contracts/ticket.yaml", "required: [id]", "required: []"),
    "bundle contract contracts/ticket.yaml changed",
  ],
  [
    "an entry of a contract's enum",
    file("contracts/ticket.yaml", "[a, b]", "[a]"),
    "bundle contract contracts/ticket.yaml changed",
  ],
  ["the model's id", file(MODEL, "model-one", "model-two"), "models.reader model ids changed"],
  [
    "the temperature",
    file(MODEL, "temperature: 0", "temperature: 1"),
    "models.reader model temperature changed",
  ],
  [
    "a parameter of the model",
    file(MODEL, "clearance", "parameters: { seed: 7 }\nclearance"),
    "models.reader model parameters added",
  ],
  [
    "the model's clearance",
    file(MODEL, "[public]", "[public, internal]"),
    "models.reader model clearance changed",
  ],
  [
    "the version of a component",
    file("components/models/reader/component.yaml", "1.0.0", "1.0.1"),
    "models.reader component version changed",
  ],
  [
    "the owner of a component",
    file("components/models/reader/component.yaml", "a@", "b@"),
    "models.reader component owner changed",
  ],
  [
    "the range of a reference",
    manifest("reader: ^1.0.0", "reader: ^1.1.0"),
    "models.reader reference reader changed",
  ],
  ["a tool's description", file(SHOP, "Finds", "Looks up"), "toolsets.shop tool find changed"],
  [
    "a tool's effect",
    file(SHOP, "effect: write", "effect: send"),
    "toolsets.shop tool refund changed",
  ],
  [
    "a tool that is new",
    file(
      SHOP,
      "tools:\n",
      "tools:\n  list: { description: Lists, handler: find.ts, effect: read }\n",
    ),
    "toolsets.shop tool list added",
  ],
  [
    "a pinned tool's schema",
    file(FILES, "path: { type: string }", "path: { type: string }, deep: { type: boolean }"),
    "toolsets.files mcp-tool read changed",
  ],
  [
    "a pinned tool's digest",
    file(FILES, "digest: one", "digest: two"),
    "toolsets.files mcp-tool read changed",
  ],
  [
    "the server of pinned tools",
    file(FILES, "tools.example.com", "other.example.com"),
    "toolsets.files mcp server changed",
  ],
  [
    "a document of knowledge",
    {
      sources: {
        "components/knowledge/handbook/a.md": "Refunds take a day.\n",
        "components/knowledge/handbook/chunks.json": '["Refunds take a day."]\n',
      },
    },
    "knowledge.handbook document a.md changed",
  ],
  [
    "how knowledge is cut",
    file("components/knowledge/handbook/knowledge.yaml", "400", "200"),
    "knowledge.handbook knowledge knowledge.yaml changed",
  ],
  [
    "a memory policy",
    file("components/memory/notes/memory.yaml", "3d", "1d"),
    "memory.notes memory memory.yaml changed",
  ],
  [
    "a step's code",
    { code: { "code/send.ts": { "code/send.ts": "sendOther();" } } },
    "bundle code code/send.ts changed",
  ],
  [
    "a module of a step's code",
    { code: { "code/send.ts": { "code/text.ts": "other();" } } },
    "bundle code code/send.ts changed",
  ],
  [
    "code that needs more of a package",
    {
      code: {
        "code/send.ts": { "code/send.ts": "more();", "node_modules/zod/index.js": "zod();more();" },
      },
    },
    "bundle code code/send.ts changed",
  ],
  [
    "a tool's code",
    {
      code: {
        "components/toolsets/shop/find.ts": { "components/toolsets/shop/find.ts": "other();" },
      },
    },
    "toolsets.shop code find.ts changed",
  ],
  [
    "a package",
    { code: { "code/send.ts": { "node_modules/zod/index.js": "zod2();" } } },
    "bundle packages packages changed",
  ],
  [
    "Espalier itself, in several steps",
    {
      code: {
        "code/send.ts": { "espalier/lib/runtime/step.ts": "s2();" },
        "code/price.ts": { "espalier/lib/runtime/step.ts": "s2();" },
      },
    },
    "espalier kit kit changed",
  ],
  [
    "a value of the configuration",
    manifest("ceiling: 100", "ceiling: 50"),
    "bundle config ceiling changed",
  ],
  ["a limit of the workflow", manifest("1 USD", "2 USD"), "bundle workflow limits changed"],
  [
    "the workflow's version",
    manifest("version: 1.0.0", "version: 1.1.0"),
    "bundle workflow version changed",
  ],
  ["a step's timeout", manifest("timeout: 30s", "timeout: 60s"), "bundle step send changed"],
  ["a condition", manifest("= 'refund'", "= 'money'"), "bundle step outcome changed"],
  ["a step inside a branch", manifest("set: null", "set: 1"), "bundle step nothing changed"],
  [
    "a step inside a map",
    manifest("id: priced, task: code/price.ts", "id: priced, task: code/price.ts, timeout: 9s"),
    "bundle step priced changed",
  ],
  [
    "a step that is new",
    manifest("  - { id: send", "  - { id: pause, wait: 1h }\n  - { id: send"),
    "bundle step pause added",
  ],
  [
    "a step that is gone",
    manifest("          - { id: review, approval: approvals/send.yaml }\n", ""),
    "bundle step review removed",
  ],
  [
    "a step that is gone, and with it the policy that it alone named",
    {
      sources: {
        "workflow.yaml": ["          - { id: review, approval: approvals/send.yaml }\n", ""],
        "approvals/send.yaml": null,
      },
    },
    "bundle step review removed",
  ],
  [
    "a step that is new, and with it its agent, and the instructions of that",
    {
      sources: {
        "workflow.yaml": [
          "  - { id: send",
          "  - { id: look, agent: agents/looker.yaml }\n  - { id: send",
        ],
        "agents/looker.yaml": "agent: looker\nmodel: reader\ninstructions: prompts/look.md\n",
        "prompts/look.md": "Look.\n",
      },
    },
    "bundle step look added",
  ],
  [
    "another prompt for an agent",
    {
      sources: {
        "agents/writer.yaml": ["prompts/write.md", "prompts/other.md"],
        "prompts/write.md": null,
        "prompts/other.md": "Write.\n",
      },
    },
    "bundle agent agents/writer.yaml changed",
  ],
  [
    "a component that is new",
    {
      sources: {
        "workflow.yaml": ["memory: {", "playbooks: { triage: ^1.0.0 }\n  memory: {"],
        "components/playbooks/triage/component.yaml": "component: triage\nversion: 1.0.0\n",
        "components/playbooks/triage/steps.md": "Look first.\n",
      },
    },
    "playbooks.triage component triage added",
  ],
];

describe("a seeded change", () => {
  it.each(SEEDS)("%s is named, and nothing else", (_name, seed, named) => {
    const found = diff(seed).map(
      ({ owner, kind, name, change }) => `${owner} ${kind} ${name} ${change}`,
    );
    expect(found).toEqual([named]);
  });

  it("that brings files along says which", () => {
    const look = {
      "workflow.yaml": [
        "  - { id: send",
        "  - { id: look, agent: agents/looker.yaml }\n  - { id: send",
      ],
      "agents/looker.yaml": "agent: looker\ninstructions: prompts/look.md\n",
      "prompts/look.md": "Look.\n",
    } as const;
    expect(diff({ sources: look })[0]?.along).toEqual([
      "agent agents/looker.yaml",
      "prompt prompts/look.md",
    ]);
    // A file that another step still names is no consequence, and neither is one that nothing names.
    const gone = { "prompts/classify.md": null, "approvals/send.yaml": null } as const;
    expect(diff({ sources: gone }).map(({ name }) => name)).toEqual(Object.keys(gone).sort());
  });

  it("that swaps steps is one of the order", () => {
    const [a, b] = [
      "          - { id: draft, agent: agents/writer.yaml }\n",
      "          - { id: review, approval: approvals/send.yaml }\n",
    ];
    expect(diff(manifest(a + b, b + a)).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "graph order of steps",
    ]);
  });

  it.each([
    ["comments and layout of YAML", manifest("version: 1.0.0", "# Why.\nversion:   1.0.0")],
    [
      "the order of members",
      manifest("ceiling: 100, currency: USD", "currency: USD, ceiling: 100"),
    ],
  ])("of %s is none", (_name, seed) => {
    expect(diff(seed)).toEqual([]);
  });

  it("of a text comes with its lines, and of a value with both sides", () => {
    expect(diff(file("prompts/classify.md", "brief", "short"))[0]?.text).toContain(
      "-Be brief.\n+Be short.\n",
    );
    expect(diff(manifest("ceiling: 100", "ceiling: 50"))[0]?.says).toEqual(["100 → 50"]);
    const policy = { "policy/licences.yaml": "allow: [MIT, BSD]\n" };
    expect(diff({ sources: policy })[0]?.says).toEqual(['allow: gone "ISC"', 'allow: new "BSD"']);
    const order = { "policy/licences.yaml": "allow: [ISC, MIT]\n" };
    expect(diff({ sources: order })[0]?.says).toEqual(['allow: ["MIT","ISC"] → ["ISC","MIT"]']);
    expect(diff(manifest("timeout: 30s", "timeout: 60s"))[0]?.says).toEqual([
      'timeout: "30s" → "60s"',
    ]);
  });

  it.each([
    ["takes less", file("contracts/ticket.yaml", "[a, b]", "[a]"), null],
    ["takes more", file("contracts/ticket.yaml", "maxLength: 20", "maxLength: 30"), null],
    ["takes other values", file("contracts/ticket.yaml", "[a, b]", "[a, c]"), false],
  ])("of a contract that %s", (_name, seed, compatible) => {
    expect(diff(seed)[0]?.compatible).toBe(compatible);
  });

  it.each([
    ["an optional argument", "path: { type: string }", "path: { type: string }, deep: {}", true],
    [
      "a required argument",
      "{ path: { type: string } }, required: [path]",
      "{ path: { type: string }, deep: {} }, required: [path, deep]",
      false,
    ],
    ["an argument of another type", "type: string", "type: integer", false],
  ])("of a pinned tool by %s", (_name, from, to, compatible) => {
    expect(diff(file(FILES, from, to))[0]?.compatible).toBe(compatible);
  });
});
