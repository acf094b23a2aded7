/** Agents in a replay: their loop runs again, on what their models and tools have answered. */
import { expect, it } from "vitest";
import type { ContentBlock } from "../../lib/runtime/model/model.ts";
import type { OpenedModel } from "../../lib/runtime/model/opened-model.ts";
import { answering } from "./record-run.ts";
import { recorded, type Version, verdicts } from "./recorded.ts";

const agent = (more = "", tools = "files: [read_file]") => `apiVersion: espalier/v1
agent: looking
model: reader
instructions: prompts/ask.md
tools: { ${tools} }
limits: { turns: 5, inputTokens: 20000, outputTokens: 4100, cost: 0.50 USD, time: 10m, toolCalls: 10 }
artifact: { type: object, properties: { found: { type: boolean } } }
${more}`;
const ask = (question: string) =>
  `---\ninputs: { value: { type: json } }\n---\n# user\n${question} {{value}}\n`;

const version = (question: string, text = agent(), value = 1): Version => ({
  steps: `- { id: a, agent: agents/looking.yaml, with: { value: ${value} } }\n`,
  parts: { texts: { "agents/looking.yaml": text, "prompts/ask.md": ask(question) } },
});

/** Answers every turn with this, and counts how often it is asked. */
function live(...answers: ContentBlock[]) {
  let asked = 0;
  const opened = (): OpenedModel => ({
    ...answering(""),
    model: {
      async converse(request, options) {
        const reply = await answering("").model.converse(request, options);
        const content = [answers[asked] ?? { text: "" }];
        asked += 1;
        return { ...reply, content, stopReason: "tool_use" };
      },
    },
  });
  return { opened, asked: () => asked };
}
const use = (name: string, input: { readonly [name: string]: string | boolean }): ContentBlock => ({
  toolUse: { toolUseId: "x", name, input },
});

it("runs an agent's loop again, with all its turns, pauses and tools", async () => {
  const { replay, status } = await recorded(version("What is"));
  expect(status).toBe("SUCCEEDED");
  const report = await replay();
  // The function has paused once for want of time.
  expect(verdicts(report)).toEqual(["a: run, same", "a: run, same"]);
  expect(report.isIdentical).toBe(true);
});

it("gives decisions of people back to the agent that asked for them", async () => {
  const asking = agent(
    "approve: { policy: approvals/exception.yaml, tools: [write_file] }\n",
    "files: [write_file]",
  );
  const { replay } = await recorded(version("What is", asking));
  const report = await replay();
  expect(report.steps.map(({ kind, how, verdict }) => `${kind} ${how} ${verdict}`)).toContain(
    "agent run same",
  );
  expect(report.isIdentical).toBe(true);
});

it.each<[what: string, turn: number, other: Version]>([
  ["its prompt", 1, version("Tell me what is")],
  ["what it is given", 1, version("What is", agent(), 2)],
  [
    "the tools that it may use",
    1,
    version("What is", agent("", "files: [read_file], outside: [look-up]")),
  ],
  [
    "what it must produce",
    1,
    version("What is", agent().replace("found: {", "seen: { type: string }, found: {")),
  ],
  // In the first turn the model may write as much as it can; in the second, what is left.
  ["what is left to it", 2, version("What is", agent().replace("4100", "5000"))],
])("needs a model where %s is another, and says in which turn", async (_, turn, changed) => {
  const { other } = await recorded(version("What is"));
  const { steps } = await (await other(changed))();
  const step = steps.find(({ verdict }) => verdict !== "same");
  expect(step).toMatchObject({ how: "record", verdict: "needs live" });
  if (step?.request === "same") {
    expect(step.cause?.what).toContain(`turn ${turn}: its model is asked something else`);
  }
});

it("asks the model live, and answers tools from the record where they are asked the same", async () => {
  const { other } = await recorded(version("What is"));
  const against = await other(version("Tell me what is"));
  const same = live(use("read_file", { path: "a.txt" }), use("submit", { found: false }));
  const report = await against({ live: same.opened });
  expect(same.asked()).toBe(2);
  expect(report.steps.at(-1)).toMatchObject({ how: "live", verdict: "differs" });
  expect(report.end.replayed).toMatchObject({ status: "SUCCEEDED", output: { found: false } });
  expect(report.spent).toBeGreaterThan(0);

  const odd = live(use("read_file", { path: "other.txt" }));
  const stopped = await against({ live: odd.opened });
  expect(stopped.steps[0]).toMatchObject({ verdict: "not recorded" });
  expect(stopped.steps[0]?.cause?.what).toContain('turn 1: "read_file" was never called');
});

it("asks no model because of limits that no request speaks of", async () => {
  const { other } = await recorded(version("What is"));
  const model = live(use("submit", { found: true }));
  const limited = agent().replace("turns: 5", "turns: 4");
  const report = await (await other(version("What is", limited)))({ live: model.opened });
  expect(model.asked()).toBe(0);
  expect(verdicts(report)).toEqual(["a: run, same", "a: run, same"]);
});
