import { agentText, MODEL, OWN, PROMPT, TOOL, USES } from "./agent-example.ts";
import type { Code, CodeExample } from "./code.ts";

const HEAD = `apiVersion: espalier/v1
workflow: example
version: 1.0.0
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
`;

const STEP = "  - { id: found, agent: agents/finder.yaml, with: { question: Where is it? } }\n";

/** A manifest with one step, and files that replace those that every example has. */
function example(
  files: Readonly<Record<string, string>>,
  { step = STEP, keys = "" }: { readonly step?: string; readonly keys?: string } = {},
): CodeExample {
  return { manifest: `${HEAD}${keys}${USES}steps:\n${step}`, files };
}

const ASK = (more = "") =>
  `  - { id: answer, model: reader, prompt: prompts/ask.md, with: { question: Where is it? }${more} }\n`;

/** ESP85x and ESP86x: models, agents, and what they are given. */
export const AGENT_CODES = {
  ESP851: {
    title: "Alias that is not used",
    explanation:
      "A step or an agent names a model, toolset, set of prompts, body of knowledge or memory policy by its alias under `uses`, and there is none of that name.",
    example: example({ "agents/finder.yaml": agentText({ model: "writer" }) }),
  },
  ESP852: {
    title: "Tool that its toolset does not declare",
    explanation:
      "An agent is allowed a tool by its name in `toolset.yaml`, and there it is not. Only declared tools exist for a model.",
    example: example({ "agents/finder.yaml": agentText({ tools: "{ files: [list_files] }" }) }),
  },
  ESP853: {
    title: "Agent without limits",
    explanation:
      "Every agent has a limit of `turns`, `inputTokens`, `outputTokens`, `cost`, `time` and `toolCalls`. Reaching one ends its work with a named error and what it has so far.",
    example: example({ "agents/finder.yaml": agentText({ limits: "{ turns: 5 }" }) }),
  },
  ESP854: {
    title: "Tool that would never be offered",
    explanation:
      "A tool that writes, sends or deletes is offered to a model only where a person decides on each call: name it under `approve.tools`, or leave it out.",
    example: example({ "agents/finder.yaml": agentText({ tools: "{ files: [write_file] }" }) }),
  },
  ESP855: {
    title: "Approval of no effect",
    explanation:
      "Under `approve.tools` stand the agent's tools that write, send or delete, and no others: a tool that only reads would ask people for nothing.",
    example: example({
      "agents/finder.yaml": agentText({
        approve: "approve: { policy: approvals/review.yaml, tools: [read_file] }\n",
      }),
    }),
  },
  ESP856: {
    title: "Contract of no object",
    explanation:
      "What a model produces (an artifact, an answer with a contract) and what it calls tools with are objects: the schema says `type: object` at its top.",
    example: example({ "agents/finder.yaml": agentText({ artifact: "{ type: string }" }) }),
  },
  ESP857: {
    title: "Limit of cost without a price",
    explanation:
      "Costs are counted by the prices of the model's component. Without them a limit of cost could never be reached.",
    example: example({ "models/reader/model.yaml": MODEL }),
  },
  ESP858: {
    title: "Currencies differ",
    explanation:
      "A limit and the prices that it is counted by are in one currency: there are no exchange rates in a budget.",
    example: example({}, { keys: "limits: { cost: 5 EUR }\n" }),
  },
  ESP859: {
    title: "More tokens than the model has",
    explanation: "`maxTokens` of a step is at most `maxOutputTokens` of its model.",
    example: example({}, { step: ASK(", maxTokens: 100000") }),
  },
  ESP860: {
    title: "Data above the model's clearance",
    explanation:
      "A contract classes a field (`x-data-class`), and the model's `clearance` does not name that class, so the field is removed before any call. A warning; an error where the prompt inserts that very field.",
    example: example(
      {
        "contracts/request.yaml":
          "type: object\nproperties:\n  question: { type: string, x-data-class: personal }\n",
      },
      {
        keys: "input: contracts/request.yaml\n",
        step: '  - { id: answer, model: reader, prompt: prompts/ask.md, with: { question: "{% $input.question %}" } }\n',
      },
    ),
  },
  ESP861: {
    title: "No stand-in",
    explanation:
      "An environment lets stand-ins answer in place of models, and a step (or its agent) has none: write `standIn`, a file that exports `standIn(…)`.",
    example: {
      words:
        "A model step without `standIn`, run where the environment says `models: { adapter: stand-in }`.",
    },
  },
  ESP862: {
    title: "Default export is no stand-in",
    explanation: "A stand-in's file exports the result of `standIn(…)` by default.",
    example: example({
      "agents/finder.yaml": `${agentText()}standIn: agents/finder.ts\n`,
      "agents/finder.ts": TOOL,
    }),
  },
  ESP863: {
    title: "Two tools of one name",
    explanation:
      "Models call tools by their names alone, so the tools of an agent have different ones, whichever toolsets they come from.",
    example: example({
      "agents/finder.yaml": agentText({ tools: "{ files: [read_file, read_file] }" }),
    }),
  },
  ESP864: {
    title: "Memory not open to this workflow",
    explanation:
      "A memory policy names the workflows that may read, and those that may write and forget. This workflow is not among them.",
    example: {
      manifest: `${HEAD}uses:\n  memory: { notes: ^1.0.0 }\nsteps:\n  - { id: known, memory: notes, operation: read, with: { key: last } }\n`,
      files: {
        "memory/notes/component.yaml": OWN("notes", "memory"),
        "memory/notes/memory.yaml": "scope: workflow\nretention: 30d\nreaders: [other]\n",
      },
    },
  },
  ESP865: {
    title: "Malformed prompt",
    explanation:
      "A prompt is Markdown whose parts begin with `# system`, `# user` or `# assistant`; `{{name}}` inserts an input that its front matter declares, and `<!-- cache -->` marks a cache point. The message says what is wrong.",
    example: example({
      "prompts/ask.md": PROMPT.replace("{{question}}", "{{qestion}} {{question}}"),
    }),
  },
} as const satisfies Record<string, Code>;
