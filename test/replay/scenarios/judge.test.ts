/** Judges: models that vote on a rubric, asked once, and by nobody else. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Check } from "../../../lib/manifest/scenario/check.ts";
import { askJudges, judged, readJudgments } from "../../../lib/replay/scenarios/check/judgments.ts";
import type { Played } from "../../../lib/replay/scenarios/played.ts";
import type { ModelRequest } from "../../../lib/runtime/model/model.ts";
import { scenarioBundle, scenarioFile } from "./scenario-bundle.ts";

const STEPS = "- { id: a, model: reader, prompt: prompts/ask.md, with: { value: x } }\n";
const CLASSED = {
  type: "object",
  properties: { reply: { type: "string" }, to: { type: "string", "x-data-class": "personal" } },
};

const PLAYED: Played = {
  ...{ end: { status: "SUCCEEDED", error: null }, cause: null, input: {} },
  output: { reply: "Hello", to: "ann@example.com" },
  ...{ steps: {}, asked: {}, entered: [], called: [], usage: {} },
  ...{ unsteady: [], unproven: [], unanswered: [], notes: [] },
};

async function courtroom(answers: readonly string[]) {
  const check = Check.parse({ check: "judge", rubric: "It greets." });
  if (check.check !== "judge") throw new Error("no judge");
  const made = await scenarioBundle({
    steps: STEPS,
    parts: { keys: "uses: { models: { reader: ^1.0.0 } }\n", output: CLASSED },
    files: scenarioFile(""),
  });
  const folder = join(made.folder, "scenarios/case");
  const requests: ModelRequest[] = [];
  const ask = (limit = 99) =>
    askJudges([check], PLAYED, folder, {
      plan: made.plan,
      ask: () => {
        if (requests.length >= limit) throw new Error("the budget is spent");
      },
      paid: () => undefined,
      open: () => ({
        ...{ adapter: "openai", modelId: "some-model" },
        model: {
          async converse(request) {
            requests.push(request);
            const text = answers[(requests.length - 1) % answers.length] ?? "";
            return {
              ...{ content: [{ text }], stopReason: "end_turn", latencyMs: 1 },
              usage: {
                inputTokens: 1,
                outputTokens: 1,
                cacheReadInputTokens: 0,
                cacheWriteInputTokens: 0,
              },
              answeredBy: { adapter: "openai", model: "some-model" },
            };
          },
        },
      }),
    });
  const verdict = async (played = PLAYED) =>
    judged(check, played, { plan: made.plan, judgments: await readJudgments(folder) });
  return { folder, requests, ask, verdict };
}

const vote = (verdict: string) => JSON.stringify({ verdict, reason: `it is ${verdict}` });

it("is never passed where nobody was asked", async () => {
  const { verdict } = await courtroom([]);
  expect(await verdict()).toMatchObject({ result: "not asked" });
});

it("asks for each vote once, keeps it, and asks nobody what was asked before", async () => {
  const { ask, verdict, requests, folder } = await courtroom([
    vote("met"),
    vote("not met"),
    vote("met"),
  ]);
  await ask();
  await ask();
  expect(requests).toHaveLength(3);
  expect(await verdict()).toEqual({ result: "passed", message: null });
  expect(JSON.stringify(requests)).not.toContain("ann@example.com");
  expect(await readFile(join(folder, "judgments.json"), "utf8")).toContain("openai: some-model");
  // Another result is another question.
  const other = { ...PLAYED, output: { reply: "Go away" } };
  expect(await verdict(other)).toMatchObject({ result: "not asked" });
});

it("fails below the agreement, and gives a reason against it", async () => {
  const { ask, verdict } = await courtroom([vote("not met"), vote("not met"), vote("met")]);
  await ask();
  expect(await verdict()).toEqual({
    result: "failed",
    message: "1 of 3 votes say that it is met; one says: it is not met",
  });
});

it("counts no vote that is no verdict, and none beyond the budget", async () => {
  const { ask, verdict } = await courtroom(["I like it", vote("met")]);
  await ask();
  expect(await verdict()).toMatchObject({
    result: "not asked",
    message: expect.stringMatching(/^1 of 3 votes/),
  });
  const poor = await courtroom([vote("met")]);
  await expect(poor.ask(2)).rejects.toThrow("the budget is spent");
  expect(await poor.verdict()).toMatchObject({ result: "not asked" });
});
