/** The host of an agent step: `agentHandler(adapters)` makes the function's handler. */
import { variable } from "../../lib/aws/function-variables.ts";
import { lambdaTools } from "../../lib/aws/lambda-tools.ts";
import type { AgentCall, AgentOutcome } from "../../lib/runtime/agent/agent-call.ts";
import { type AgentDocument, hasEffect } from "../../lib/runtime/agent/agent-document.ts";
import { openAgentWorld } from "../../lib/runtime/agent/open-agent-world.ts";
import { runAgent } from "../../lib/runtime/agent/run-agent.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { withKitCall } from "../../lib/runtime/kit-call.ts";
import { meteredModel } from "../../lib/runtime/model/metered-model.ts";
import { kitOptions, kitPorts, readDocument } from "../kit-function.ts";
import type { LambdaContext } from "../lambda-context.ts";
import { type ModelAdapters, openAdapter } from "../model-adapters.ts";

export type AgentHandler = (
  payload: unknown,
  context: LambdaContext,
) => Promise<AgentOutcome | Json>;

export function agentHandler(adapters: ModelAdapters): AgentHandler {
  const document = readDocument<AgentDocument>();
  const opened = openAdapter(document.model, adapters);
  const ports = kitPorts();
  const functions = JSON.parse(variable("tools")) as Record<string, string>;
  const tools = lambdaTools({ functions, artifacts: ports.artifacts });
  return (payload, context) => {
    const options = {
      ...kitOptions(context, ports, document.input),
      hasEffect: hasEffect(document),
    };
    return withKitCall<AgentCall, AgentOutcome>(payload, options, (call, around) => {
      const { logger, metrics, signal } = around;
      const host = {
        model: meteredModel(opened.model, document.model, metrics),
        modelId: opened.modelId,
        tools,
        ports,
        deadline: options.deadline,
        signal,
        logger,
        holder: context.awsRequestId,
      };
      return runAgent(
        document,
        { ...call, resume: call.resume ?? null },
        openAgentWorld(host, document, call),
      );
    });
  };
}
