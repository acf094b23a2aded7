/**
 * What a tool's function does with a call: the same wrapper as around a step's handler (contracts,
 * effects once, artifacts, log). Its identity, and so the key of its effect, is that of the agent's
 * step with the name of the tool and the id of the call.
 */
import type { StepCall } from "../call.ts";
import { type InvokeOptions, invokeStep, type StepPorts } from "../invoke-step.ts";
import type { Json } from "../json.ts";
import type { StepDefinition } from "../step-definition.ts";
import type { ToolCall } from "./agent-call.ts";

/** Throws what `invokeStep` throws. */
export function invokeTool(
  definition: StepDefinition,
  call: ToolCall,
  ports: StepPorts,
  options: InvokeOptions,
): Promise<Json> {
  const repeatable = call.tool.idempotent !== false;
  return invokeStep(definition, toolStepCall(call), ports, { ...options, repeatable });
}

/** A call of a tool as a call of a step. */
export function toolStepCall({ run, step, tool, input, given, config }: ToolCall): StepCall {
  const id = `${step.id}/${tool.name}/${tool.toolUseId}`;
  return { run, step: { ...step, id }, input, given, config };
}
