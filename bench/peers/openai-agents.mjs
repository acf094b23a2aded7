/** `@openai/agents`: the loop of ten tool calls, its model a provider in the process, no tracing. */
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

await report(async (options) => {
  const { Agent, Runner, tool, Usage } = await import("@openai/agents");
  const { z } = await import("zod");
  const model = {
    async getResponse({ input }) {
      const turn = input.filter(({ type }) => type === "function_call").length;
      const usage = new Usage({ requests: 1, inputTokens: 100, outputTokens: 20 });
      if (turn < TOOL_CALLS) {
        const call = { type: "function_call", callId: `call_${turn}`, name: TOOL };
        const text = JSON.stringify(argumentsAt(turn));
        return { usage, output: [{ ...call, status: "completed", arguments: text }] };
      }
      await beforeLastAnswer();
      const content = [{ type: "output_text", text: JSON.stringify(ARTIFACT) }];
      const message = { type: "message", role: "assistant", status: "completed", content };
      return { usage, output: [message] };
    },
    getStreamedResponse() {
      throw new Error("streams are not asked for");
    },
  };
  let calls = 0;
  const agent = new Agent({
    name: "scout",
    instructions: INSTRUCTIONS,
    model,
    tools: [
      tool({
        name: TOOL,
        description: TOOL_DESCRIPTION,
        parameters: z.object({ at: z.string().max(100) }),
        execute: async ({ at }) => {
          calls += 1;
          return { found: FOUND, at };
        },
      }),
    ],
    outputType: z.object({ verdict: z.enum(["good", "bad"]), quote: z.string() }),
  });
  const runner = new Runner({ tracingDisabled: true });
  return measureRuns(options, async () => {
    calls = 0;
    const { finalOutput } = await runner.run(agent, TASK, { maxTurns: TOOL_CALLS + 2 });
    if (finalOutput?.verdict !== ARTIFACT.verdict) throw new Error("a run has no artifact");
    // Several runs count together while memory is measured.
    if (calls < TOOL_CALLS && options.held === undefined) throw new Error(`${calls} tool calls`);
  });
});
