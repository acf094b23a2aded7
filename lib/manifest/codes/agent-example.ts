/** The texts that examples about models and agents are made of; tests write them as files. */

export const OWN = (name: string, kind: string) =>
  `apiVersion: espalier/v1\ncomponent: ${name}\nkind: ${kind}\nversion: 1.0.0\nowner: a@example.com\n`;

export const MODEL = `maxOutputTokens: 4096
contextTokens: 200000
structuredOutput: tool
clearance: [public]
`;
const PRICES =
  "prices: { currency: USD, input: 3, output: 15, date: 2026-11-01, source: https://example.com/prices }\n";

export const TOOL = `import { step } from "espalier";
import * as z from "zod";

export default step({
  input: z.object({ path: z.string() }),
  output: z.object({ text: z.string() }),
  async run({ path }) {
    return { text: path };
  },
});
`;

export const PROMPT = `---
inputs:
  question: { type: text }
---
# user
{{question}}
`;

const AGENT = {
  model: "reader",
  tools: "{ files: [read_file] }",
  approve: "",
  limits:
    "{ turns: 5, inputTokens: 10000, outputTokens: 1000, cost: 0.50 USD, time: 5m, toolCalls: 10 }",
  artifact: "{ type: object }",
};

export const agentText = (change: Partial<typeof AGENT> = {}) => {
  const { model, tools, approve, limits, artifact } = { ...AGENT, ...change };
  return `apiVersion: espalier/v1
agent: finder
model: ${model}
instructions: prompts/ask.md
tools: ${tools}
${approve}limits: ${limits}
artifact: ${artifact}
`;
};

export const USES = "uses:\n  models: { reader: ^1.0.0 }\n  toolsets: { files: ^1.0.0 }\n";

/** What every example has beside its own files: a model, a toolset with a reading and a writing tool, a prompt, … */
export const AGENT_FILES = {
  "models/reader/component.yaml": OWN("reader", "model"),
  "models/reader/model.yaml": `${MODEL}${PRICES}`,
  "toolsets/files/component.yaml": OWN("files", "toolset"),
  "toolsets/files/toolset.yaml": `tools:
  read_file: { description: Reads a file, handler: tool.ts, effect: read }
  write_file: { description: Writes a file, handler: tool.ts, effect: write }
`,
  "toolsets/files/tool.ts": TOOL,
  "prompts/ask.md": PROMPT,
  "agents/finder.yaml": agentText(),
  "knowledge/handbook/component.yaml": OWN("handbook", "knowledge"),
  "knowledge/handbook/knowledge.yaml": "documents: [shop.md]\n",
  "knowledge/handbook/shop.md": "# Refunds\n\nWithin 30 days.\n",
  "memory/notes/component.yaml": OWN("notes", "memory"),
  "memory/notes/memory.yaml":
    "scope: workflow\nretention: 30d\nreaders: [example]\nwriters: [example]\n",
};
