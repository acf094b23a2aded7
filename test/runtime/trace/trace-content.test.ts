import { describe, expect, it } from "vitest";
import type { JournalEntry } from "../../../lib/runtime/agent/journal-entry.ts";
import type { RunRecord } from "../../../lib/runtime/control.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import { otlpTrace } from "../../../lib/runtime/trace/otlp.ts";
import { traceOf } from "../../../lib/runtime/trace/trace.ts";
import { spansOf } from "./otlp-shape.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const RUN: RunRecord = {
  ...{ id: "run-1", workflow: "desk", version: "1.0.0", digest: `sha256:${"1".repeat(64)}` },
  ...{ environment: "local", customer: null, principal: "ann@example.com", status: "SUCCEEDED" },
  ...{ startedAt: at(0), endedAt: at(9), error: null },
};
const usage = {
  inputTokens: 1,
  outputTokens: 1,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};
const reply = {
  ...{ stopReason: "tool_use" as const, usage, latencyMs: 5 },
  answeredBy: { adapter: "stand-in" as const, model: "script" },
};

function spans(content: boolean | undefined, result: Json = { lines: 3 }) {
  const entries: readonly JournalEntry[] = [
    {
      ...{
        kind: "model",
        at: at(3),
        turn: 1,
        request: "r",
        requestBytes: 9,
        cost: 0,
        refused: null,
      },
      ...reply,
      content: [
        { text: "I look." },
        { toolUse: { toolUseId: "x", name: "look", input: { at: "[masked:pii:1]" } } },
      ],
    },
    {
      ...{ kind: "tool", at: at(4), call: "call_1_1", tool: "look" },
      result: { status: "success", value: result },
    },
  ];
  const answers = [
    {
      ...{ round: 0, turn: 0, request: "r", at: at(6), cost: 0 },
      reply: { ...reply, content: [{ text: "sorted" }] },
    },
  ];
  const steps = ["scout", "sort"].map((id, index) => {
    return { id, kind: index === 0 ? "agent" : "model", state: id, parent: null };
  });
  const events = steps.map(({ id: name }, index) => ({
    ...{
      id: index + 1,
      previousEventId: index,
      timestamp: at(1 + index),
      type: "TaskStateEntered",
    },
    stateEnteredEventDetails: { name, input: "{}" },
  }));
  const trace = traceOf({
    ...{ run: RUN, events, steps, approvals: [], now: new Date(at(9)), content },
    journals: {
      format: 1,
      steps: [
        { kind: "agent", step: "scout", iteration: "", key: "a", entries },
        { kind: "model", step: "sort", iteration: "", key: "b", answers },
      ],
    },
  });
  return spansOf(otlpTrace(trace)).map(({ name, attributes }) => {
    const texts = attributes.flatMap(({ key, value }) =>
      "stringValue" in value ? [[key, String(value.stringValue)] as const] : [],
    );
    return { name, told: Object.fromEntries(texts) };
  });
}

describe("a trace with content", () => {
  it("shows what models wrote and what tools were given and gave, as the journals have it", () => {
    const [chat, sorted] = spans(true).filter(({ name }) => name.startsWith("chat"));
    expect(JSON.parse(chat?.told["gen_ai.output.messages"] ?? "")).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "text", content: "I look." },
          { type: "tool_call", id: "x", name: "look", arguments: { at: "[masked:pii:1]" } },
        ],
        finish_reason: "tool_use",
      },
    ]);
    expect(sorted?.told["gen_ai.output.messages"]).toContain('"content":"sorted"');
    const tool = spans(true).find(({ name }) => name === "execute_tool look");
    expect(tool?.told["gen_ai.tool.call.arguments"]).toBe('{"at":"[masked:pii:1]"}');
    expect(tool?.told["gen_ai.tool.call.result"]).toBe('{"lines":3}');
  });

  it("leaves to the journal what is too long for an attribute", () => {
    const tool = spans(true, "x".repeat(70_000)).find(({ name }) => name === "execute_tool look");
    expect(tool?.told).toHaveProperty(["gen_ai.tool.call.arguments"]);
    expect(tool?.told).not.toHaveProperty(["gen_ai.tool.call.result"]);
  });

  it.each([undefined, false])("is one without it where content is %s", (content) => {
    const text = JSON.stringify(spans(content));
    expect(text).not.toMatch(
      /I look|lines|sorted|gen_ai.output.messages|call.result|call.arguments"/,
    );
  });
});
