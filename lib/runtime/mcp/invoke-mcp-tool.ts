/** What the function of an MCP server does with a call: an effect once, values by reference. */
import type { ToolCall } from "../agent/agent-call.ts";
import { toolStepCall } from "../agent/invoke-tool.ts";
import type { McpDocument } from "../agent/mcp-document.ts";
import { type Effect, isEffectful } from "../effect.ts";
import { performOnce } from "../effect-once.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import type { StepPorts } from "../invoke-step.ts";
import type { Json } from "../json.ts";
import { loadStoredValues, storeLargeValues } from "../stored-value.ts";
import type { McpWorld } from "./mcp-world.ts";
import { runMcpTool } from "./run-mcp-tool.ts";

export interface McpHost extends McpWorld {
  readonly ports: StepPorts;
  /** The strongest of the server's tools: what they share is one function. */
  readonly effect: Effect;
  /** When the function is ended hard. */
  readonly deadline: Date;
  /** Names this attempt in the record of an effect (Lambda: the request id). */
  readonly holder?: string;
  /** Knows of other attempts, by their `holder`, that they are over. */
  readonly isGone?: (holder: string) => boolean;
}

/** Throws what `runMcpTool` and `performOnce` throw. */
export async function invokeMcpTool(
  document: McpDocument,
  call: ToolCall,
  host: McpHost,
): Promise<Json> {
  const { ports, effect, deadline, signal, holder, isGone } = host;
  const input = await loadStoredValues(call.input, ports.artifacts);
  const perform = async () =>
    storeLargeValues(await runMcpTool(document, { ...call, input }, host), ports.artifacts);
  if (!isEffectful(effect)) return perform();
  const own = toolStepCall(call);
  const named = { ...(holder !== undefined && { holder }), ...(isGone && { isGone }) };
  const options = { key: idempotencyKeyOf(own), call: own, deadline, signal, ...named };
  return performOnce(options, ports, perform);
}
