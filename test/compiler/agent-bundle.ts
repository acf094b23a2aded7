/** Steps, and an agent of a bundle's own, on the components that `bundleOf` has. */
import type { BundleParts } from "./bundle-of.ts";

export const ASK = "- { id: a, model: reader, prompt: prompts/ask.md, with: { value: 1 } }\n";

export const agentWith = (change: (text: string) => string): BundleParts => ({
  texts: {
    "agents/own.yaml": change(`apiVersion: espalier/v1
agent: own
model: reader
instructions: prompts/ask.md
tools: { files: [read_file, write_file] }
approve: { policy: approvals/plain.yaml, tools: [write_file] }
limits: { turns: 5, inputTokens: 10000, outputTokens: 1000, cost: 0.50 USD, time: 10m, toolCalls: 10 }
artifact: { type: object }
`),
  },
});

export const OWN = "- { id: a, agent: agents/own.yaml, with: { value: 1 } }\n";

export const MODEL = `
maxOutputTokens: 100
contextTokens: 1000
structuredOutput: tool
clearance: [public]
`;
