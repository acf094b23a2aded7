/** Our agent: a loop of ten tool calls, by the client of its model and by what keeps its journal. */
import { z } from "zod";
import { agentCall, agentDocument } from "../agent/agent.ts";
import { JOURNALS, journalPorts } from "../agent/ports.ts";
import { runMeasured } from "../agent/run.ts";
import { CLIENTS, openScriptedModel } from "../agent/scripted-model.ts";
import { measureRuns, TOOL_CALLS } from "../peers/agent-harness.mjs";
import { report } from "../peers/report.mjs";

const Options = z.object({
  client: z.enum(CLIENTS),
  journal: z.enum(JOURNALS),
  runs: z.number(),
  warmup: z.number(),
  held: z.number().default(0),
});

await report(async (given) => {
  const { client, journal, ...counts } = Options.parse(given);
  const document = agentDocument(TOOL_CALLS + 2);
  const { model, close } = await openScriptedModel(client);
  const kept = journalPorts(journal);
  let run = 0;
  try {
    return await measureRuns(counts, () =>
      runMeasured(document, agentCall(`run-${run++}`), model, kept.ports()),
    );
  } finally {
    close();
    kept.close();
  }
});
