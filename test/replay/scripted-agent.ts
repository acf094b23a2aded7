/** Agents of recorded runs: the real loop, a model that follows a script, and tools that say their name. */
import type { PlannedFunction } from "../../lib/compiler/index.ts";
import { SILENT } from "../../lib/replay/model-answers.ts";
import type { AgentCall, AgentOutcome } from "../../lib/runtime/agent/agent-call.ts";
import { runAgent } from "../../lib/runtime/agent/run-agent.ts";
import type { StepPorts } from "../../lib/runtime/invoke-step.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import type { ModelReply, ModelRequest } from "../../lib/runtime/model/model.ts";

const USAGE = {
  inputTokens: 9,
  outputTokens: 9,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};
/** Each tool is asked for in a turn of its own. */
const ARGUMENTS: Readonly<Record<string, JsonObject>> = {
  "look-up": { term: "odd" },
  read_file: { path: "a.txt" },
  write_file: { path: "b.txt" },
};

/** `work` gives the artifact, or fails as a model does that is out of order. */
export async function runScriptedAgent(
  planned: Extract<PlannedFunction, { kind: "agent" }>,
  call: AgentCall,
  visit: number,
  ports: StepPorts,
  work: () => Json,
): Promise<AgentOutcome> {
  const answer = (content: ModelReply["content"]): ModelReply => ({
    ...{ content, stopReason: "tool_use", usage: USAGE, latencyMs: 1 },
    answeredBy: { adapter: "stand-in", model: "stand-in" },
  });
  const converse = async ({ messages }: ModelRequest): Promise<ModelReply> => {
    const turn = messages.filter(({ role }) => role === "assistant").length;
    const name = planned.document.tools[turn]?.name;
    const input = name === undefined ? undefined : ARGUMENTS[name];
    if (name !== undefined && input !== undefined) {
      return answer([{ text: "I look." }, { toolUse: { toolUseId: "x", name, input } }]);
    }
    const artifact = { ...(work() as JsonObject), found: true };
    return answer([{ toolUse: { toolUseId: "x", name: "submit", input: artifact } }]);
  };
  const now = ports.clock.now().getTime();
  return runAgent(planned.document, call, {
    ...{ model: { converse }, modelId: "stand-in", ports, logger: SILENT },
    tools: { call: async (name) => ({ said: name }) },
    budget: { reserve: async () => undefined, settle: async () => undefined },
    disabled: async () => undefined,
    // The first call of the function has time for a single turn.
    deadline: new Date(now + (visit === 0 ? 1_000 : 900_000)),
    signal: new AbortController().signal,
  });
}
