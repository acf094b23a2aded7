/**
 * A project with one bundle, `desk`, that uses every kind of function: an agent whose tools read and,
 * once a person approves, write; a model step; knowledge, a memory, a rendered prompt.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const component = (name: string, kind: string) =>
  `apiVersion: espalier/v1\ncomponent: ${name}\nkind: ${kind}\nversion: 1.2.0\nowner: team@example.com\n`;

const WORKFLOW = `
apiVersion: espalier/v1
workflow: desk
version: 1.0.0
owners: { business: b@example.com, platform: p@example.com, risk: r@example.com }
uses:
  models: { reader: ^1.0.0 }
  toolsets: { files: ^1.0.0 }
  knowledge: { handbook: ^1.0.0 }
  memory: { notes: ^1.0.0 }
input: contracts/request.yaml
limits: { cost: 2 USD }
steps:
  - id: known
    retrieve: handbook
    with: { query: "{% $input.question %}" }
  - id: kind
    model: reader
    prompt: prompts/kind.md
    with: { question: "{% $input.question %}" }
    output: contracts/kind.yaml
    standIn: stand-ins/kind.ts
  - id: answer
    agent: agents/clerk.yaml
    with: { question: "{% $input.question %}", work: "{% $input.work %}" }
  - id: kept
    memory: notes
    operation: write
    with: { key: last, value: "{% $answer.text %}" }
  - id: letter
    prompt: prompts/kind.md
    with: { question: "{% $input.question %}" }
  - id: done
    set: "{% { 'answer': $answer, 'kind': $kind, 'source': $known.results[0].source, 'kept': $kept.value, 'letter': $letter.prompt } %}"
`;

/** The clerk reads two files at once, says what it does, files its answer if asked to, and submits. */
const CLERK = `
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { standIn } from "espalier";

export default standIn(async (_request, { turn, input, messages }) => {
  const { work } = input as { work: { log: string; slow: number; file: boolean } };
  const before = existsSync(work.log) ? readFileSync(work.log, "utf8") : "";
  appendFileSync(work.log, "turn " + turn + "\\n");
  if (turn === 0) {
    const toolUse = ["a.txt", "b.txt"].map((name) => ({ name: "read_file", input: { name, log: work.log } }));
    return { toolUse, text: "Reads what there is." };
  }
  // Only the first time.
  if (turn === 1 && !before.includes("turn 1")) await new Promise((resolve) => setTimeout(resolve, work.slow));
  if (turn === 1 && work.file) {
    return { toolUse: [{ name: "file_note", input: { text: "filed", log: work.log } }], text: "The note is needed." };
  }
  const results = JSON.stringify(messages.at(-1)?.content).includes("Approval.Rejected");
  return { json: { text: results ? "not filed" : "It says hello twice." } };
});
`;

export const DESK: Readonly<Record<string, string>> = {
  "bundles/desk/workflow.yaml": WORKFLOW,
  "bundles/desk/contracts/request.yaml":
    "type: object\nrequired: [question, work]\nproperties:\n  question: { type: string }\n  work: { type: object }\n",
  "bundles/desk/contracts/kind.yaml":
    "type: object\nadditionalProperties: false\nrequired: [kind]\nproperties:\n  kind: { enum: [question, order] }\n",
  "bundles/desk/contracts/answer.yaml":
    "type: object\nadditionalProperties: false\nrequired: [text]\nproperties:\n  text: { type: string }\n",
  "bundles/desk/prompts/kind.md":
    "---\ninputs:\n  question: { type: text, description: What somebody asks. }\n---\n# system\nSay of what kind it is.\n# user\n{{question}}\n",
  "bundles/desk/prompts/clerk.md":
    "---\ninputs:\n  question: { type: text, description: What somebody asks. }\n  work: { type: json, description: How to go about it. }\n---\n# system\nYou answer from files.\n# user\n{{question}}\n{{work}}\n",
  "bundles/desk/stand-ins/kind.ts":
    'import { standIn } from "espalier";\nexport default standIn(() => ({ json: { kind: "question" } }));\n',
  "bundles/desk/agents/clerk.yaml": `apiVersion: espalier/v1
agent: clerk
model: reader
instructions: prompts/clerk.md
tools: { files: [read_file, file_note] }
approve: { policy: approvals/note.yaml, tools: [file_note] }
limits: { turns: 6, inputTokens: 50000, outputTokens: 5000, cost: 0.50 USD, time: 5m, toolCalls: 10 }
artifact: contracts/answer.yaml
standIn: agents/clerk.stand-in.ts
`,
  "bundles/desk/agents/clerk.stand-in.ts": CLERK,
  "bundles/desk/approvals/note.yaml":
    "approval: note\ntitle: File this note?\napprovers: [ada@example.com]\nfourEyes: false\ndeadline: 1d\nonExpiry: reject\nreasons: [reject]\n",
  "bundles/components/models/reader/component.yaml": component("reader", "model"),
  "bundles/components/models/reader/model.yaml": `ids: { openai: reader-1, bedrock: eu.example.reader-v1 }
maxOutputTokens: 1000
contextTokens: 100000
structuredOutput: tool
prices: { currency: USD, input: 3, output: 15, date: 2026-11-01, source: https://example.com/prices }
clearance: [public, internal]
`,
  "bundles/components/toolsets/files/component.yaml": component("files", "toolset"),
  "bundles/components/toolsets/files/toolset.yaml": `tools:
  read_file: { description: Reads a file., handler: read.ts, effect: read }
  file_note: { description: Files a note., handler: note.ts, effect: write, redact: [secret] }
`,
  "bundles/components/toolsets/files/read.ts": `import { appendFileSync } from "node:fs";
import { step, z } from "espalier";

export default step({
  input: z.object({ name: z.string(), log: z.string() }),
  output: z.object({ text: z.string(), keys: z.array(z.string()) }),
  run({ name, log }) {
    appendFileSync(log, "read " + name + "\\n");
    return { text: "hello", keys: Object.keys(process.env).filter((key) => key.endsWith("_KEY")) };
  },
});
`,
  "bundles/components/toolsets/files/note.ts": `import { appendFileSync } from "node:fs";
import { step, z } from "espalier";

export default step({
  input: z.object({ text: z.string(), log: z.string() }),
  output: z.object({ filed: z.boolean() }),
  run({ text, log }) {
    appendFileSync(log, "note " + text + "\\n");
    return { filed: true };
  },
});
`,
  "bundles/components/knowledge/handbook/component.yaml": component("handbook", "knowledge"),
  "bundles/components/knowledge/handbook/knowledge.yaml": "documents: [documents]\nlimit: 3\n",
  "bundles/components/knowledge/handbook/documents/greetings.md":
    "# Greetings\n\nA greeting is answered with a greeting.\n",
  "bundles/components/memory/notes/component.yaml": component("notes", "memory"),
  "bundles/components/memory/notes/memory.yaml":
    "scope: workflow\nretention: 30d\nreaders: [desk]\nwriters: [desk]\n",
};

export async function writeDesk(
  root: string,
  changed: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const [path, text] of Object.entries({ ...DESK, ...changed })) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
