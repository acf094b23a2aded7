/** Coming back to an agent with many turns behind it: its journal is read, and its end returned. */
import { z } from "zod";
import { agentCall, agentDocument } from "../agent/agent.ts";
import { JOURNALS, journalPorts } from "../agent/ports.ts";
import { runMeasured } from "../agent/run.ts";
import { openScriptedModel } from "../agent/scripted-model.ts";
import { report, time } from "../peers/report.mjs";

const Options = z.object({
  turns: z.number(),
  journal: z.enum(JOURNALS),
  repeat: z.number(),
});

/** Asked again, it would mean that the journal was not believed. */
const mute = {
  converse: () => Promise.reject(new Error("a recorded turn was asked for again")),
};

await report(async (given) => {
  const { turns, journal, repeat } = Options.parse(given);
  const document = agentDocument(turns + 1);
  const { model } = await openScriptedModel("function", turns - 1);
  const kept = journalPorts(journal);
  try {
    const ports = kept.ports();
    const call = agentCall("run");
    await runMeasured(document, call, model, ports);
    const again = () => runMeasured(document, call, mute, ports);
    for (let i = 0; i < repeat; i++) await again();
    const ms = await time(async () => {
      for (let i = 0; i < repeat; i++) await again();
    });
    return { value: ms / repeat, ms };
  } finally {
    kept.close();
  }
});
