import type { AgentCall } from "../../../runtime/agent/agent-call.ts";
import { hasEffect } from "../../../runtime/agent/agent-document.ts";
import { openAgentWorld } from "../../../runtime/agent/open-agent-world.ts";
import { runAgent } from "../../../runtime/agent/run-agent.ts";
import type { AskingWork } from "../hosted-function.ts";
import type { WorkerStart } from "../protocol.ts";
import type { Handler } from "../worker-loop.ts";
import { hostTools } from "./host-tools.ts";
import { kitHandler } from "./kit-call.ts";
import { localModel } from "./local-model.ts";

type AgentWork = Extract<AskingWork, { kind: "agent" }>;

/** The agent's loop; its tools are functions of their own, which the host calls. */
export async function agentHandler(start: WorkerStart<AgentWork>): Promise<Handler> {
  const { document } = start.work;
  const open = await localModel(start);
  const tools = hostTools();
  return kitHandler<AgentCall>(
    start,
    (call, { ports, logger, deadline, signal, holder }) => {
      const { model, modelId } = open(document.model);
      const host = { model, modelId, tools, ports, logger, deadline, signal, holder };
      const { resume = null } = call as Partial<AgentCall>;
      return runAgent(document, { ...call, resume }, openAgentWorld(host, document, call));
    },
    { input: document.input, hasEffect: hasEffect(document) },
  );
}
