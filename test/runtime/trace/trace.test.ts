import { describe, expect, it } from "vitest";
import type { JournalEntry } from "../../../lib/runtime/agent/journal-entry.ts";
import type { RunEvent, RunRecord } from "../../../lib/runtime/control.ts";
import { idempotencyKeyOf } from "../../../lib/runtime/idempotency-key.ts";
import type { Usage } from "../../../lib/runtime/model/model.ts";
import { otlpTrace } from "../../../lib/runtime/trace/otlp.ts";
import { journalsOf, type RunJournals } from "../../../lib/runtime/trace/run-journals.ts";
import { type TracedRun, traceOf } from "../../../lib/runtime/trace/trace.ts";
import { usageOfRun, usageOfStep } from "../../../lib/runtime/trace/usage.ts";
import { agentCall, enter, scene, submit } from "../agent/agent-scene.ts";
import { spansOf } from "./otlp-shape.ts";

const SECRET = "the customer is called Ada";
const STEPS = [
  { id: "look", kind: "task", state: "look", parent: null },
  { id: "scout", kind: "agent", state: "scout", parent: null },
  { id: "sort", kind: "model", state: "sort", parent: null },
];
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const usage: Usage = {
  inputTokens: 100,
  outputTokens: 20,
  cacheReadInputTokens: 10,
  cacheWriteInputTokens: 0,
};
const answeredBy = { adapter: "bedrock", model: "example.reader-v1:0" } as const;

const RUN: RunRecord = {
  id: "run-1",
  workflow: "desk",
  version: "1.0.0",
  digest: `sha256:${"1".repeat(64)}`,
  environment: "local",
  customer: SECRET,
  principal: "ann@example.com",
  status: "FAILED",
  startedAt: at(0),
  endedAt: at(30),
  error: { name: "Model.OutputInvalid", cause: SECRET },
};

const ENTRIES: readonly JournalEntry[] = [
  {
    ...{ kind: "started", at: at(2), agent: "clerk", model: "reader@1.2.0", removed: [] },
    ...{ modelId: "eu.example.reader-v1:0", currency: "USD" },
  },
  {
    ...{ kind: "model", at: at(4), turn: 1, request: `sha256:${"2".repeat(64)}` },
    ...{ requestBytes: 900, stopReason: "tool_use", usage, cost: 600, latencyMs: 1500 },
    ...{ answeredBy, refused: null },
    content: [
      { text: SECRET },
      { toolUse: { toolUseId: "x", name: "look", input: { at: SECRET } } },
      { toolUse: { toolUseId: "x", name: "publish", input: { text: SECRET } } },
    ],
  },
  {
    ...{ kind: "tool", at: at(5), call: "call_1_1", tool: "look" },
    result: { status: "error", error: "Tool.Failed", message: SECRET },
  },
  { kind: "asked", at: at(5), call: "call_1_2", argumentsDigest: `sha256:${"3".repeat(64)}` },
  { kind: "entered", at: at(9) },
  {
    ...{ kind: "decision", at: at(9), call: "call_1_2", verdict: "approved", approval: "abc" },
    ...{ by: "ada@example.com", reason: SECRET },
  },
  {
    ...{ kind: "tool", at: at(10), call: "call_1_2", tool: "publish" },
    result: { status: "success", value: SECRET },
  },
  {
    ...{ kind: "model", at: at(12), turn: 2, request: `sha256:${"4".repeat(64)}` },
    ...{ requestBytes: 900, stopReason: "end_turn", usage, cost: 700, latencyMs: 250 },
    ...{ answeredBy, refused: null, content: [{ text: SECRET }] },
  },
  { kind: "done", at: at(12), call: null, artifact: { text: SECRET } },
];

const JOURNALS: RunJournals = {
  format: 1,
  steps: [
    { kind: "agent", step: "scout", iteration: "", key: "a".repeat(64), entries: ENTRIES },
    {
      ...{ kind: "model", step: "sort", iteration: "", key: "b".repeat(64) },
      answers: [0, 1].map((turn) => ({
        ...{ round: 0, turn, request: `sha256:${"5".repeat(64)}`, at: at(20 + turn) },
        ...{ cost: 300, currency: "USD", modelId: "eu.example.reader-v1:0" },
        reply: {
          content: [{ text: SECRET }],
          stopReason: "end_turn",
          usage,
          latencyMs: 400,
          answeredBy,
        },
      })),
    },
  ],
};

/** Events of one state after the other, each a task that was called with what nobody may see. */
function history(): RunEvent[] {
  const events: RunEvent[] = [];
  const add = (second: number, type: string, details: object) =>
    events.push({
      id: events.length + 1,
      previousEventId: events.length,
      timestamp: at(second),
      type,
      ...details,
    });
  const task = (name: string, from: number, to: number, failing = false) => {
    add(from, "TaskStateEntered", { stateEnteredEventDetails: { name, input: `"${SECRET}"` } });
    const { run } = agentCall();
    const parameters = { Payload: { run, step: { id: name, iteration: "" }, input: SECRET } };
    const scheduled = { resource: "invoke", parameters: JSON.stringify(parameters) };
    add(from, "TaskScheduled", { taskScheduledEventDetails: scheduled });
    if (failing) {
      const error = { error: "Model.OutputInvalid", cause: SECRET };
      add(to, "TaskFailed", { taskFailedEventDetails: error });
      return;
    }
    const output = JSON.stringify({ StatusCode: 200, Payload: { status: "done", output: SECRET } });
    add(to, "TaskSucceeded", { taskSucceededEventDetails: { output } });
    add(to, "TaskStateExited", { stateExitedEventDetails: { name, output: `"${SECRET}"` } });
  };
  add(0, "ExecutionStarted", { executionStartedEventDetails: { input: `"${SECRET}"` } });
  task("look", 1, 2);
  task("scout", 2, 13);
  task("sort", 19, 22, true);
  add(30, "ExecutionFailed", {
    executionFailedEventDetails: { error: "Model.OutputInvalid", cause: SECRET },
  });
  return events;
}

const traced = (change: Partial<TracedRun> = {}): TracedRun => ({
  run: RUN,
  events: history(),
  steps: STEPS,
  journals: JOURNALS,
  approvals: [],
  now: new Date(at(40)),
  ...change,
});
const exportOf = (change: Partial<TracedRun> = {}) => otlpTrace(traceOf(traced(change)));

function attribute(span: ReturnType<typeof spansOf>[number] | undefined, key: string): unknown {
  const value = span?.attributes.find((each) => each.key === key)?.value;
  return value && Object.values(value)[0];
}

describe("the trace of a run", () => {
  it("is one tree: run, steps, calls of models and of tools", () => {
    const spans = spansOf(exportOf());
    const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
    const tree = spans.map(({ name, parentSpanId }) => [names.get(parentSpanId ?? ""), name]);
    expect(tree).toEqual([
      [undefined, "invoke_workflow desk"],
      ["invoke_workflow desk", "task look"],
      ["invoke_workflow desk", "invoke_agent clerk"],
      ["invoke_agent clerk", "chat eu.example.reader-v1:0"],
      ["invoke_agent clerk", "execute_tool look"],
      ["invoke_agent clerk", "execute_tool publish"],
      ["invoke_agent clerk", "chat eu.example.reader-v1:0"],
      ["invoke_workflow desk", "model sort"],
      ["model sort", "chat eu.example.reader-v1:0"],
      ["model sort", "chat eu.example.reader-v1:0"],
    ]);
  });

  it("speaks of models and tools in the words of the conventions", () => {
    const spans = spansOf(exportOf());
    const chat = spans.find(({ name }) => name.startsWith("chat"));
    const told = Object.fromEntries(
      (chat?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
    );
    expect(told).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "aws.bedrock",
      "gen_ai.request.model": "eu.example.reader-v1:0",
      "gen_ai.response.model": "example.reader-v1:0",
      "gen_ai.response.finish_reasons": { values: [{ stringValue: "tool_use" }] },
      "gen_ai.usage.input_tokens": "100",
      "gen_ai.usage.output_tokens": "20",
      "gen_ai.usage.cache_read.input_tokens": "10",
      "espalier.model.request": `sha256:${"2".repeat(64)}`,
      "espalier.cost": "600",
      "espalier.cost.currency": "USD",
    });
    expect(chat?.kind).toBe(3);
    const [failed, approved] = spans.filter(({ name }) => name.startsWith("execute_tool"));
    expect(attribute(failed, "gen_ai.tool.call.id")).toBe("call_1_1");
    expect(attribute(failed, "error.type")).toBe("Tool.Failed");
    expect(failed?.status).toEqual({ code: 2, message: "Tool.Failed" });
    expect(attribute(approved, "espalier.tool.arguments.digest")).toMatch(/^sha256:/);
    const agent = spans.find(({ name }) => name === "invoke_agent clerk");
    expect(attribute(agent, "espalier.agent.turns")).toBe("2");
    expect(attribute(agent, "espalier.cost")).toBe("1300");
    expect(attribute(spans[0], "espalier.cost")).toBe("1900");
    expect(attribute(spans[0], "gen_ai.usage.input_tokens")).toBe("440");
  });

  it("places calls in time: a model's by its latency, an approved tool's after the decision", () => {
    const spans = traceOf(traced()).spans;
    const seconds = (name: string) =>
      spans
        .filter((span) => span.name === name)
        .map(({ start, end }) => [start, end].map((ms) => (ms - Date.parse(at(0))) / 1000));
    expect(seconds("chat eu.example.reader-v1:0").slice(0, 2)).toEqual([
      [2.5, 4],
      [11.75, 12],
    ]);
    expect(seconds("execute_tool look")).toEqual([[4, 5]]);
    expect(seconds("execute_tool publish")).toEqual([[9, 10]]);
  });

  it("never holds content, nor people", () => {
    const text = JSON.stringify(exportOf());
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("example.com");
  });

  it("is the same whenever it is made, and another for another run of the same name", () => {
    expect(exportOf()).toEqual(exportOf({ now: new Date(at(50)) }));
    const ids = (change: Partial<TracedRun>) => spansOf(exportOf(change))[0]?.traceId;
    expect(ids({ run: { ...RUN, startedAt: at(1) } })).not.toBe(ids({}));
  });

  it("ends what goes on when it was made, and says so", () => {
    const events = history().slice(0, 7);
    const run: RunRecord = { ...RUN, status: "RUNNING", endedAt: null, error: null };
    const { spans } = traceOf(traced({ run, events }));
    expect(spans.filter(({ hasEnded }) => !hasEnded).map(({ name }) => name)).toEqual([
      "invoke_workflow desk",
      "invoke_agent clerk",
    ]);
    expect(spans[0]?.end).toBe(Date.parse(at(40)));
  });
});

describe("what models and agents have used", () => {
  it("is counted from their journals", () => {
    const [agent] = JOURNALS.steps;
    expect(agent && usageOfStep(agent)).toEqual({
      ...{ calls: 2, toolCalls: 2, toolErrors: 1, questions: 1, reentries: 1 },
      ...{ inputTokens: 220, outputTokens: 40, costs: { USD: 1300 }, stopReason: "end_turn" },
      answeredBy: [answeredBy],
    });
    expect(usageOfRun(JOURNALS)).toEqual({
      ...{ calls: 4, toolCalls: 2, inputTokens: 440, outputTokens: 80 },
      ...{ costs: { USD: 1900 }, answeredBy: [answeredBy] },
    });
  });
});

describe("the journals of a run", () => {
  it("are found by what its history says was called", async () => {
    const made = scene({
      model: [{ calls: [["look", { at: "x" }]] }, submit({ verdict: "good" })],
    });
    expect(await enter(made)).toMatchObject({ status: "done" });
    const { steps } = await journalsOf(history(), STEPS, made.ports);
    expect(steps.map(({ step, kind }) => [step, kind])).toEqual([
      ["scout", "agent"],
      ["sort", "model"],
    ]);
    const [agent] = steps;
    expect(agent?.key).toBe(idempotencyKeyOf(made.call));
    const entries = agent?.kind === "agent" ? agent.entries : [];
    expect(entries.map(({ kind }) => kind)).toEqual(["started", "model", "tool", "model", "done"]);
    expect(entries[0]).toMatchObject({ modelId: "model-1", currency: "USD" });
  });

  it("are none where no step is a model or an agent", async () => {
    const { ports } = scene({ model: [] });
    const steps = STEPS.map((step) => ({ ...step, kind: "task" }));
    expect(await journalsOf(history(), steps, ports)).toEqual({ format: 1, steps: [] });
  });
});
