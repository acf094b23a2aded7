/** The least that a loop can be: asks the same model over the same client, calls tools, checks nothing. */
import { z } from "zod";
import type { Message, ModelRequest } from "../../lib/runtime/model/model.ts";
import { agentDocument } from "../agent/agent.ts";
import { look } from "../agent/run.ts";
import { CLIENTS, openScriptedModel } from "../agent/scripted-model.ts";
import { ARTIFACT, INSTRUCTIONS, measureRuns, TASK, TOOL_CALLS } from "./agent-harness.mjs";
import { report } from "./report.mjs";

const Options = z.object({
  client: z.enum(CLIENTS),
  runs: z.number(),
  warmup: z.number(),
  held: z.number().default(0),
});

const { tools, artifact } = agentDocument(TOOL_CALLS);

const FIXED: Omit<ModelRequest, "messages"> = {
  modelId: "scripted",
  system: [{ text: INSTRUCTIONS }],
  inferenceConfig: { maxTokens: 4000 },
  toolConfig: {
    tools: tools.map(({ name, description, input }) => ({
      toolSpec: { name, description, inputSchema: { json: input } },
    })),
  },
  outputConfig: { textFormat: { type: "json_schema", schema: artifact, name: "artifact" } },
};

await report(async (given) => {
  const { client, ...counts } = Options.parse(given);
  const { model, close } = await openScriptedModel(client);
  try {
    return await measureRuns(counts, async () => {
      const messages: Message[] = [{ role: "user", content: [{ text: TASK }] }];
      for (;;) {
        const { signal } = new AbortController();
        const { content } = await model.converse({ ...FIXED, messages }, { signal });
        const uses = content.flatMap((block) => ("toolUse" in block ? [block.toolUse] : []));
        if (uses.length === 0) {
          const [last] = content;
          const text = last && "text" in last ? last.text : "";
          if (JSON.parse(text).verdict !== ARTIFACT.verdict) throw new Error("no artifact");
          return;
        }
        const results = uses.map(async ({ toolUseId, input }) => {
          const json = await look(input as { at: string });
          return { toolResult: { toolUseId, status: "success", content: [{ json }] } } as const;
        });
        messages.push({ role: "assistant", content });
        messages.push({ role: "user", content: await Promise.all(results) });
      }
    });
  } finally {
    close();
  }
});
