import type { RunUsage } from "./run-usage.ts";
import type { AttributeValue } from "./span.ts";

/** Tokens and money of a span that asks models below it; nothing where none was asked. */
export function usageAttributes({ calls, toolCalls, inputTokens, outputTokens, costs }: RunUsage): {
  readonly [name: string]: AttributeValue;
} {
  if (calls === 0) return {};
  return {
    "gen_ai.usage.input_tokens": inputTokens,
    "gen_ai.usage.output_tokens": outputTokens,
    "espalier.model.calls": calls,
    "espalier.tool.calls": toolCalls,
    ...costAttributes(costs),
  };
}

/** Millionths of the currency. */
function costAttributes(costs: RunUsage["costs"]): { readonly [name: string]: AttributeValue } {
  const [only, ...others] = Object.entries(costs);
  if (!only) return {};
  const [currency, cost] = only;
  return others.length === 0
    ? { "espalier.cost": cost, "espalier.cost.currency": currency }
    : Object.fromEntries(
        Object.entries(costs).map(([name, each]) => [`espalier.cost.${name}`, each]),
      );
}
