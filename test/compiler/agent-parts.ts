/** What manifests of these tests use: a model, tools, knowledge, memory, prompts and agents, as data. */
import type { Bundle, BundleAgent } from "../../lib/bundle/bundle.ts";
import type { Component, ComponentKey } from "../../lib/bundle/component.ts";
import { parseAgent } from "../../lib/manifest/agent/load-agent.ts";
import { type Category, COMPONENT_KINDS } from "../../lib/manifest/components/kinds.ts";
import { parsePrompt } from "../../lib/manifest/prompt/parse-prompt.ts";
import { parseYaml } from "../../lib/manifest/yaml.ts";
import { policyOfAgent } from "./policies.ts";

const MODEL = `
ids: { bedrock: eu.example.reader-v1, openai: reader }
maxOutputTokens: 4096
contextTokens: 200000
structuredOutput: tool
prices: { currency: USD, input: 3, output: 15, cacheRead: 0.3, date: 2026-11-01, source: https://example.com/prices }
clearance: [public, internal]
guardrail: { id: guard1, version: "2" }
`;

const TOOLSET = `
tools:
  read_file:
    { description: Reads a file, handler: read.ts, effect: read, rate: 10/m, redact: [text] }
  write_file:
    description: Writes a file
    handler: write.ts
    effect: write
    timeout: 30s
    permissions: [{ actions: ["s3:PutObject"], resources: ["arn:aws:s3:::example-files/*"] }]
`;

const MCP = `
mcp:
  server: { url: https://tools.example.com/mcp, apiKey: { env: TOOLS_KEY } }
  tools:
    look-up:
      description: Looks something up
      input: { type: object, properties: { term: { type: string } } }
      digest: sha256:${"1".repeat(64)}
      effect: read
      timeout: 20s
`;

const DOCUMENTS: readonly (readonly [Category, string, string])[] = [
  ["models", "reader", MODEL],
  ["toolsets", "files", TOOLSET],
  ["toolsets", "outside", MCP],
  ["knowledge", "handbook", "documents: [documents]\nlimit: 3\n"],
  [
    "memory",
    "notes",
    "scope: workflow\nretention: 30d\nreaders: [example, generated]\nwriters: [example, generated]\n",
  ],
];

/** Further documents, by `CATEGORY.ALIAS`: they replace the ones above. */
export type Documents = Readonly<Record<string, string>>;

export function componentsOf(changed: Documents = {}): Bundle["components"] {
  const all = new Map(DOCUMENTS.map(([category, alias, text]) => [`${category}.${alias}`, text]));
  for (const [key, text] of Object.entries(changed)) all.set(key, text);
  return new Map(
    [...all].map(([key, text]) => {
      const [category, alias = ""] = key.split(".") as [Category, string];
      const { grammar, kind } = COMPONENT_KINDS[category];
      const { value, source } = parseYaml(text, `${category}/${alias}/${kind}.yaml`);
      const document = grammar === null ? value : grammar.parse(value);
      const component = {
        ...{ category, kind, alias, name: alias, version: "1.0.0", owner: "a@example.com" },
        ...{ description: null, digest: `sha256:${"2".repeat(64)}`, source: "bundle" },
        ...{ files: new Map(), document, documentSource: source, entries: new Map() },
        ...{ bound: null, at: ["uses", category, alias] },
      };
      return [key as ComponentKey, component as unknown as Component] as const;
    }),
  );
}

/** Contracts of the tools' handlers. */
export const TOOL_HANDLERS: Bundle["componentHandlers"] = new Map(
  ["read.ts", "write.ts"].map((file) => [
    `components/toolsets/files/${file}`,
    {
      input: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
      output: {},
    },
  ]),
);

const LIMITS =
  "{ turns: 5, inputTokens: 10000, outputTokens: 1000, cost: 0.50 USD, time: 10m, toolCalls: 10 }";

/**
 * `agents/asking….yaml` has a tool that a person decides on, `agents/rejecting….yaml` rejects late
 * ones, `agents/asking-by-NAME.yaml` asks by that policy.
 */
function agentText(name: string): string {
  const asks = /^(asking|rejecting)/.test(name);
  const policy = policyOfAgent(name);
  return `apiVersion: espalier/v1
agent: ${name}
model: reader
instructions: prompts/ask.md
tools: { files: [read_file${asks ? ", write_file" : ""}], outside: [look-up] }
${asks ? `approve: { policy: approvals/${policy}.yaml, tools: [write_file] }\n` : ""}limits: ${LIMITS}
artifact: { type: object, properties: { found: { type: boolean } } }
`;
}

/** Agents that a manifest names, by path; `texts` replace those made up by name. */
export function agentsOf(
  manifest: string,
  texts: Documents = {},
): ReadonlyMap<string, BundleAgent> {
  const names = new Set([...manifest.matchAll(/agents\/([\w-]+)\.yaml/g)].map(([, n]) => n ?? ""));
  return new Map(
    [...names].map((name) => {
      const path = `agents/${name}.yaml`;
      const { agent, source, diagnostics } = parseAgent(texts[path] ?? agentText(name), path);
      if (!agent || !source) {
        throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
      }
      return [path, { file: agent, source }];
    }),
  );
}

/** Every prompt has one input, `value`, unless its text is given. */
export function promptsOf(manifest: string, texts: Documents = {}): Bundle["prompts"] {
  const names = new Set([...manifest.matchAll(/prompts\/[\w-]+\.md/g)].map(([path]) => path));
  return new Map(
    [...names, "prompts/ask.md"].map((path) => {
      const text =
        texts[path] ?? "---\ninputs: { value: { type: json } }\n---\n# user\n{{value}}\n";
      const { document, findings } = parsePrompt(text, path);
      if (!document) throw new Error(findings.map(({ message }) => message).join("\n"));
      return [path, document];
    }),
  );
}
