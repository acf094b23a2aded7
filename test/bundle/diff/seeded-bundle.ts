/** A bundle of everything that a diff knows, as plain data, and what is done to it. */
import { expect } from "vitest";
import type { BundleContent } from "../../../lib/bundle/lock/index.ts";

const SOURCES: Readonly<Record<string, string>> = {
  "workflow.yaml": `apiVersion: espalier/v1
workflow: refunds
version: 1.0.0
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
input: contracts/ticket.yaml
limits: { cost: 1 USD }
config: { ceiling: 100, currency: USD }
uses:
  models: { reader: ^1.0.0 }
  toolsets: { shop: ^1.0.0, files: ^1.0.0 }
  knowledge: { handbook: ^1.0.0 }
  prompts: { shared: ^1.0.0 }
  memory: { notes: ^1.0.0 }
steps:
  - id: kind
    model: reader
    prompt: prompts/classify.md
    maxTokens: 200
  - id: outcome
    switch:
      - when: "{% $kind.kind = 'refund' %}"
        steps:
          - { id: draft, agent: agents/writer.yaml }
          - { id: review, approval: approvals/send.yaml }
      - otherwise:
          - { id: nothing, set: null }
  - { id: each, map: "{% $input.items %}", steps: [{ id: priced, task: code/price.ts }] }
  - { id: send, task: code/send.ts, effect: send, timeout: 30s }
`,
  "contracts/ticket.yaml":
    "type: object\nproperties: { id: { type: string, maxLength: 20 }, kind: { enum: [a, b] } }\nrequired: [id]\nadditionalProperties: false\n",
  "prompts/classify.md": "Say what the ticket is about.\nBe brief.\n",
  "prompts/write.md": "Write an answer.\n",
  "agents/writer.yaml":
    "apiVersion: espalier/v1\nagent: writer\nmodel: reader\ninstructions: prompts/write.md\nlimits: { turns: 8 }\n",
  "approvals/send.yaml":
    "approval: send\ntitle: May it?\napprovers: [risk@example.com]\ndeadline: 3d\n",
  "policy/licences.yaml": "allow: [MIT, ISC]\n",
  "components/models/reader/component.yaml":
    "component: small\nversion: 1.0.0\nowner: a@example.com\n",
  "components/models/reader/model.yaml":
    "ids: { bedrock: model-one }\ntemperature: 0\nmaxOutputTokens: 4096\nclearance: [public]\n",
  "components/toolsets/shop/component.yaml": "component: shop\nversion: 1.0.0\n",
  "components/toolsets/shop/toolset.yaml":
    "tools:\n  find: { description: Finds, handler: find.ts, effect: read }\n  refund: { description: Pays, handler: refund.ts, effect: write }\n",
  "components/toolsets/shop/find.ts": "export default 1;\n",
  "components/toolsets/files/component.yaml": "component: files\nversion: 1.0.0\n",
  "components/toolsets/files/toolset.yaml":
    "mcp:\n  server: { url: 'https://tools.example.com/mcp' }\n  tools:\n    read: { description: Reads, digest: one, effect: read, input: { type: object, properties: { path: { type: string } }, required: [path] } }\n",
  "components/knowledge/handbook/component.yaml": "component: handbook\nversion: 2026.11.1\n",
  "components/knowledge/handbook/knowledge.yaml": "documents: [a.md]\nchunk: 400\n",
  "components/knowledge/handbook/a.md": "Refunds take a week.\n",
  "components/knowledge/handbook/chunks.json": '["Refunds take a week."]\n',
  "components/prompts/shared/component.yaml": "component: shared\nversion: 1.0.0\n",
  "components/prompts/shared/tone.md": "Be kind.\n",
  "components/memory/notes/component.yaml": "component: notes\nversion: 1.0.0\n",
  "components/memory/notes/memory.yaml": "scope: run\nretention: 3d\n",
};

/** Compiled as esbuild lays it out: each module below its name. */
function compiled(modules: Readonly<Record<string, string>>) {
  return {
    js: `${Object.entries(modules)
      .map(([name, text]) => `// ${name}\n${text}\n`)
      .join("")}//# sourceMappingURL=x\n`,
    map: JSON.stringify({ sources: Object.keys(modules) }),
  };
}

const MODULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "code/send.ts": {
    "node_modules/zod/index.js": "zod();",
    "espalier/lib/runtime/step.ts": "step();",
    "code/text.ts": "text();",
    "code/send.ts": "send();",
  },
  "code/price.ts": { "espalier/lib/runtime/step.ts": "step();", "code/price.ts": "price();" },
  "components/toolsets/shop/find.ts": { "components/toolsets/shop/find.ts": "find();" },
};

/** What is done to it: a text and what stands in its place, a whole file, or null for none. */
export interface Seed {
  readonly sources?: Readonly<Record<string, readonly [string, string] | string | null>>;
  readonly code?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function content({ sources = {}, code = {} }: Seed): BundleContent {
  const texts = new Map(Object.entries(SOURCES));
  for (const [path, edit] of Object.entries(sources)) {
    if (edit === null) texts.delete(path);
    else if (typeof edit === "string") texts.set(path, edit);
    else {
      const before = texts.get(path) ?? "";
      expect(before).toContain(edit[0]);
      texts.set(path, before.replace(edit[0], edit[1]));
    }
  }
  const modules = Object.entries(MODULES).map(
    ([entry, own]) => [entry, compiled({ ...own, ...code[entry] })] as const,
  );
  return {
    sources: new Map([...texts].map(([path, text]) => [path, Buffer.from(text)])),
    code: new Map(modules),
  };
}
