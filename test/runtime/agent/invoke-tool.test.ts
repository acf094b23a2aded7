import { expect, test } from "vitest";
import { makeTestWorld } from "../../../lib/local/testing.ts";
import type { ToolCall } from "../../../lib/runtime/agent/agent-call.ts";
import { invokeTool } from "../../../lib/runtime/agent/invoke-tool.ts";
import { step, z } from "../../../lib/runtime/index.ts";

const CALL: ToolCall = {
  run: {
    id: "run",
    workflow: "test",
    version: "1.0.0",
    digest: "sha256:0",
    environment: "test",
    customer: null,
    principal: "test@example.com",
    startedAt: "2026-01-01T00:00:00.000Z",
  },
  step: { id: "agent", iteration: "0", attempt: 0 },
  tool: { name: "look", toolUseId: "call_0_1", mcp: null },
  input: { case: "other" },
  given: { case: "mine" },
  config: {},
};

test("a tool sees what its agent was given, beside what the model asks for", async () => {
  const look = step({
    input: z.object({ case: z.string() }),
    output: z.unknown(),
    run: ({ case: asked }, { given }) => ({ asked, given }),
  });
  const { ports } = makeTestWorld();
  const options = {
    effect: "read",
    deadline: new Date(Date.now() + 60_000),
    readFile: () => Promise.resolve(undefined),
    writeLine: () => undefined,
  } as const;
  expect(await invokeTool(look, CALL, ports, options)).toEqual({
    asked: "other",
    given: { case: "mine" },
  });
});
