/** `ai` (the AI SDK): the loop of ten tool calls, its model a provider in the process. */
import {
  ARTIFACT,
  argumentsAt,
  beforeLastAnswer,
  FOUND,
  INSTRUCTIONS,
  measureRuns,
  TASK,
  TOOL,
  TOOL_CALLS,
  TOOL_DESCRIPTION,
} from "./agent-harness.mjs";
import { report } from "./report.mjs";

const usage = {
  inputTokens: { total: 100, noCache: 100, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 20, text: 20, reasoning: 0 },
};

const model = {
  specificationVersion: "v4",
  provider: "stand-in",
  modelId: "stand-in",
  supportedUrls: {},
  async doGenerate({ prompt }) {
    const turn = prompt.filter(({ role }) => role === "assistant").length;
    const base = { usage, warnings: [] };
    if (turn < TOOL_CALLS) {
      const call = { type: "tool-call", toolCallId: `call_${turn}`, toolName: TOOL };
      return {
        ...base,
        content: [{ ...call, input: JSON.stringify(argumentsAt(turn)) }],
        finishReason: { unified: "tool-calls", raw: undefined },
      };
    }
    await beforeLastAnswer();
    return {
      ...base,
      content: [{ type: "text", text: JSON.stringify(ARTIFACT) }],
      finishReason: { unified: "stop", raw: undefined },
    };
  },
};

await report(async (options) => {
  const { generateText, Output, stepCountIs, tool } = await import("ai");
  const { z } = await import("zod");
  const tools = {
    [TOOL]: tool({
      description: TOOL_DESCRIPTION,
      inputSchema: z.object({ at: z.string().max(100) }),
      execute: async ({ at }) => ({ found: FOUND, at }),
    }),
  };
  const schema = z.object({ verdict: z.enum(["good", "bad"]), quote: z.string() });
  return measureRuns(options, async () => {
    const { output, steps } = await generateText({
      model,
      system: INSTRUCTIONS,
      prompt: TASK,
      tools,
      stopWhen: stepCountIs(TOOL_CALLS + 2),
      output: Output.object({ schema }),
    });
    if (output.verdict !== ARTIFACT.verdict) throw new Error("a run has no artifact");
    if (steps.length !== TOOL_CALLS + 1) throw new Error(`a run has ${steps.length} steps`);
  });
});
