/** Models that are asked while scenarios run, and what it means where they are not. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { playScenario } from "../../../lib/replay/scenarios/play-scenario.ts";
import { openScenario } from "../../../lib/replay/scenarios/scenario.ts";
import { answering } from "../record-run.ts";
import { scenarioBundle, scenarioFile } from "./scenario-bundle.ts";

async function asking(keys = "") {
  const made = await scenarioBundle({
    steps: "- { id: a, model: reader, prompt: prompts/ask.md, with: { value: x } }\n",
    parts: { keys: "uses: { models: { reader: ^1.0.0 } }\n" },
    files: scenarioFile(keys),
  });
  const { scenario } = await openScenario(join(made.folder, "scenarios/case"));
  if (!scenario) throw new Error("no scenario");
  return { ...made, scenario };
}

it("is no pass where only a model could answer, and none was asked", async () => {
  const { test } = await asking();
  const { verdict, reasons } = await test();
  expect(verdict).toBe("failed");
  expect(reasons).toContain("a (model) asks, and nothing answers it");
});

it("runs on what a model says that is asked, and tells what it has cost", async () => {
  const { scenario, bundle } = await asking();
  const spent: (number | undefined)[] = [];
  const played = await playScenario(scenario, bundle, {
    live: () => answering("yes"),
    spend: (cost) => spent.push(cost),
  });
  expect(played).toMatchObject({
    ...{ end: { status: "SUCCEEDED" }, output: { text: "yes" }, unproven: [], unanswered: [] },
    usage: { a: { turns: 1, inputTokens: 9 } },
  });
  expect(spent).toEqual([undefined, expect.any(Number)]);
});

it("asks nobody what the scenario answers itself", async () => {
  const { scenario, bundle } = await asking("answers: [{ step: a, output: { text: no } }]\n");
  const played = await playScenario(scenario, bundle, {
    live: () => {
      throw new Error("a model was asked");
    },
  });
  expect(played.output).toEqual({ text: "no" });
});
