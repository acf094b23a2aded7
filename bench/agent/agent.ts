/** The measured agent: as a document of a plan would have it, and as a request of a bare loop has it. */
import type { AgentCall } from "../../lib/runtime/agent/agent-call.ts";
import type { AgentDocument } from "../../lib/runtime/agent/agent-document.ts";
import { INSTRUCTIONS, TASK, TOOL, TOOL_DESCRIPTION } from "../peers/agent-harness.mjs";

const DIGEST = `sha256:${"0".repeat(64)}`;
const NOT_CAPPED = { cost: null, inputTokens: null, outputTokens: null };

/** Caps that are counted and never reached; nothing is elided. */
export function agentDocument(turns: number): AgentDocument {
  return {
    agent: "scout",
    model: {
      component: "reader",
      version: "1.0.0",
      ids: {},
      maxOutputTokens: 4000,
      contextTokens: 200_000,
      structuredOutput: "textFormat",
      prices: {
        currency: "USD",
        input: 3_000_000,
        output: 15_000_000,
        cacheRead: 300_000,
        cacheWrite: 3_750_000,
      },
      clearance: ["public", "internal"],
      timeout: 60,
    },
    prompt: {
      source: "prompts/scout.md",
      digest: DIGEST,
      inputs: { task: { type: "text" } },
      parts: [
        { role: "system", pieces: [{ text: INSTRUCTIONS }] },
        { role: "user", pieces: [{ input: "task" }] },
      ],
    },
    tools: [
      {
        name: TOOL,
        description: TOOL_DESCRIPTION,
        input: {
          type: "object",
          properties: { at: { type: "string", maxLength: 100 } },
          required: ["at"],
          additionalProperties: false,
        },
        effect: "read",
        function: "tool-look",
        mcp: null,
        timeout: 30,
        rate: null,
        redact: [],
      },
    ],
    limits: {
      turns,
      inputTokens: 10_000_000,
      outputTokens: 1_000_000,
      cost: 100_000_000,
      time: 600,
      toolCalls: turns,
      repeatedCalls: 3,
      toolErrors: 10,
    },
    approve: null,
    input: {
      type: "object",
      properties: { task: { type: "string" } },
      required: ["task"],
      additionalProperties: false,
    },
    artifact: {
      type: "object",
      properties: { verdict: { enum: ["good", "bad"] }, quote: { type: "string" } },
      required: ["verdict", "quote"],
      additionalProperties: false,
    },
    context: { bytes: 1_000_000, resultBytes: 16_000 },
    standIn: null,
    budget: { currency: "USD", run: NOT_CAPPED, step: NOT_CAPPED },
  };
}

export function agentCall(run: string): AgentCall {
  return {
    run: {
      id: run,
      workflow: "measured",
      version: "1.0.0",
      digest: DIGEST,
      environment: "bench",
      customer: null,
      principal: "ann@example.com",
      startedAt: "2026-01-01T00:00:00.000Z",
    },
    step: { id: "scout", iteration: "", attempt: 0 },
    config: {},
    input: { task: TASK },
    resume: null,
  };
}
