import { describe, expect, it } from "vitest";
import { keyVariables } from "../../../lib/local/functions/function-environment.ts";
import type { FunctionWork } from "../../../lib/local/functions/hosted-function.ts";
import type { ModelSettings } from "../../../lib/runtime/model/model.ts";
import { AGENT } from "../../runtime/agent/agent-scene.ts";

const OPENAI = { adapter: "openai", endpoint: "http://127.0.0.1:1/v1" } as const;
const agent: FunctionWork = { kind: "agent", document: AGENT, standIn: null };
const mcp = (apiKey?: { env: string } | { secret: string }): FunctionWork => ({
  kind: "mcp",
  document: {
    ...{ toolset: "outside", tools: {} },
    server: { url: "http://127.0.0.1:1/mcp", ...(apiKey && { apiKey }) },
  },
});

describe("variables with keys", () => {
  it.each<[string, FunctionWork, ModelSettings, readonly string[]]>([
    ["an agent on a stand-in", agent, { adapter: "stand-in" }, []],
    ["an agent on a server without a key", agent, OPENAI, []],
    ["an agent on a server", agent, { ...OPENAI, apiKey: { env: "A" } }, ["A"]],
    ["an agent whose key is a secret", agent, { ...OPENAI, apiKey: { secret: "arn:a" } }, []],
    [
      "an agent that is recorded",
      agent,
      { adapter: "recording", recordings: "r", from: { ...OPENAI, apiKey: { env: "A" } } },
      ["A"],
    ],
    ["an agent that is replayed", agent, { adapter: "recording", recordings: "r" }, []],
    ["an MCP server", mcp({ env: "B" }), { ...OPENAI, apiKey: { env: "A" } }, ["B"]],
    ["an MCP server without a key", mcp(), { ...OPENAI, apiKey: { env: "A" } }, []],
    ["a tool", { kind: "tool", file: "f" }, { ...OPENAI, apiKey: { env: "A" } }, []],
    ["a step", { kind: "task", file: "f" }, { adapter: "bedrock" }, []],
  ])("for %s", (_, work, settings, expected) => {
    expect(keyVariables(work, settings)).toEqual(expected);
  });

  it("for an agent on Bedrock are those of AWS credentials", () => {
    expect(keyVariables(agent, { adapter: "bedrock" })).toEqual(
      expect.arrayContaining(["AWS_SECRET_ACCESS_KEY", "AWS_BEARER_TOKEN_BEDROCK"]),
    );
  });
});
