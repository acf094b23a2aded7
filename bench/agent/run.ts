import type { AgentCall, Tools } from "../../lib/runtime/agent/agent-call.ts";
import type { AgentDocument } from "../../lib/runtime/agent/agent-document.ts";
import { openAgentWorld } from "../../lib/runtime/agent/open-agent-world.ts";
import { runAgent } from "../../lib/runtime/agent/run-agent.ts";
import type { StepPorts } from "../../lib/runtime/invoke-step.ts";
import type { Model } from "../../lib/runtime/model/model.ts";
import { ARTIFACT, FOUND } from "../peers/agent-harness.mjs";

/** What the tool of every program returns. */
export async function look({ at }: { readonly at: string }) {
  return { found: FOUND, at };
}

const tools: Tools = {
  // Checked against the tool's schema by the loop.
  call: (_function, { input }) => look(input as { at: string }),
};

const silent = () => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };

/** One run of the agent, as a function does it with a call; result checked. */
export async function runMeasured(
  document: AgentDocument,
  call: AgentCall,
  model: Model,
  ports: StepPorts,
): Promise<void> {
  const host = { model, modelId: "scripted", tools, ports, logger };
  const { signal } = new AbortController();
  const deadline = new Date(Date.now() + 900_000);
  const world = openAgentWorld({ ...host, deadline, signal }, document, call);
  const outcome = await runAgent(document, call, world);
  if (outcome.status !== "done" || JSON.stringify(outcome.output) !== JSON.stringify(ARTIFACT)) {
    throw new Error(`a run ended ${outcome.status}, or with another artifact`);
  }
}
