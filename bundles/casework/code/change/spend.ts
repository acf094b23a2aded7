/** What the agent has used so far, as `espalier show --json` tells it of this very run. */
import { z } from "espalier";

export const Usage = z.object({
  usage: z
    .object({
      calls: z.number(),
      toolCalls: z.number(),
      inputTokens: z.number(),
      outputTokens: z.number(),
      costs: z.record(z.string(), z.number()),
      answeredBy: z.array(z.object({ adapter: z.string(), model: z.string() })),
    })
    .nullish(),
});

/** In words. A stand-in is named as such. */
export function spendOf({ usage }: z.infer<typeof Usage>): { answeredBy: string; spent: string } {
  if (!usage) return { answeredBy: "not known", spent: "not known" };
  const { calls, toolCalls, inputTokens, outputTokens, costs, answeredBy } = usage;
  const money = Object.entries(costs).map(
    // Models are paid in millionths.
    ([currency, cost]) => `${(cost / 1_000_000).toFixed(4)} ${currency}`,
  );
  const who = answeredBy.map(({ adapter, model }) =>
    adapter === "stand-in" ? "a stand-in (scripted, no model)" : `${model} (${adapter})`,
  );
  return {
    answeredBy: who.join("; ") || "nobody",
    spent: [
      `${calls} turns`,
      `${toolCalls} tool calls`,
      `${inputTokens} + ${outputTokens} tokens`,
      ...money,
    ].join(", "),
  };
}
