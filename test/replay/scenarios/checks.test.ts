/** Each kind of check, on a run that has been. */
import { expect, it } from "vitest";
import { Check } from "../../../lib/manifest/scenario/check.ts";
import { parseYaml } from "../../../lib/manifest/yaml.ts";
import { performCheck } from "../../../lib/replay/scenarios/check/perform-check.ts";
import type { Played } from "../../../lib/replay/scenarios/played.ts";
import { scenarioBundle } from "./scenario-bundle.ts";

const usage = (turns: number, cost: number) => ({
  ...{ turns, toolCalls: 0, inputTokens: 0, outputTokens: 0, costs: { USD: cost } },
});

const PLAYED: Played = {
  end: { status: "SUCCEEDED", error: null },
  cause: null,
  input: { n: 2 },
  output: { score: 0.84, list: [{ name: "a", ok: true }], count: 3 },
  steps: { b: [1, 2] },
  asked: { a: { n: 2 } },
  entered: ["a", "b", "way"],
  called: ["a", "b", "tool/look_up"],
  usage: { a: usage(4, 250_000), b: usage(1, 100_000) },
  ...{ unsteady: [], unproven: [], unanswered: [], notes: [] },
};

const FAILED: Played = {
  ...PLAYED,
  ...{ end: { status: "FAILED", error: "Stock.Empty" }, cause: "none left", output: null },
};

const SCHEMA = "type: object\nproperties: { count: { type: integer, maximum: 2 } }\n";

async function check(text: string, played = PLAYED) {
  const parsed = Check.parse(parseYaml(text, "check.yaml").value);
  const { plan, folder } = await scenarioBundle({
    ...{ steps: "- { id: a, set: 1 }\n", files: { "contracts/small.yaml": SCHEMA } },
  });
  return performCheck(parsed, played, { plan, bundle: folder, judgments: {} });
}

it.each([
  '{ check: exact, is: { count: 3, score: 0.84, list: [{ ok: true, name: "a" }] } }',
  '{ check: exact, of: "{% $steps.b %}", is: [1, 2] }',
  '{ check: predicate, holds: "{% $output.count > $input.n and $asked.a.n = 2 %}" }',
  '{ check: schema, of: "{% $input %}", schema: contracts/small.yaml }',
  '{ check: number, of: "{% $output.score %}", is: 0.8, within: 0.04 }',
  '{ check: number, of: "{% $output.score %}", is: 0.8, within: 5% }',
  "{ check: end, status: SUCCEEDED }",
  "{ check: path, enters: [a, way], skips: [c] }",
  "{ check: calls, none: [c, tool/issue_refund] }",
  "{ check: cost, atMost: 0.35 USD }",
  "{ check: cost, atMost: 0.10 USD, step: b }",
  "{ check: turns, atMost: 4 }",
])("%s holds", async (text) => {
  expect(await check(text)).toEqual({ result: "passed", message: null });
});

it.each<[text: string, message: string]>([
  [
    "{ check: exact, is: { count: 3, score: 0.84, list: [] } }",
    'list[0] is {"name":"a","ok":true}, and not nothing',
  ],
  ['{ check: exact, of: "{% $output.gone %}", is: 1 }', "there is nothing to look at"],
  ['{ check: predicate, holds: "{% $output.count %}" }', "it is 3, and not true"],
  ['{ check: predicate, holds: "{% $output.gone %}" }', "it is nothing, and not true"],
  [
    "{ check: predicate, holds: \"{% $number('x') = 1 %}\" }",
    'the expression failed: Unable to cast value to a number: "x"',
  ],
  ["{ check: schema, schema: contracts/small.yaml }", "/count must be <= 2"],
  [
    '{ check: number, of: "{% $output.score %}", is: 0.8, within: 0.03 }',
    "it is 0.84, and not 0.8 give or take 0.03",
  ],
  [
    '{ check: number, of: "{% $output.list %}", is: 1 }',
    'it is [{"name":"a","ok":true}], and no number',
  ],
  ["{ check: path, enters: [c, a], skips: [b] }", "c was not entered; b was entered"],
  ["{ check: calls, none: [tool/look_up] }", "tool/look_up was called"],
  ["{ check: cost, atMost: 0.30 USD }", "it costs 0.35 USD, more than 0.3"],
  ["{ check: cost, atMost: 1 EUR }", "it is paid in USD, and not in EUR"],
  ["{ check: turns, atMost: 3 }", "a took 4 turns, more than 3"],
])("%s fails: %s", async (text, message) => {
  expect(await check(text)).toEqual({ result: "failed", message });
});

it("holds how a run fails against what was expected of it", async () => {
  const expected = "{ check: end, status: FAILED, error: Stock.Empty }";
  expect(await check(expected, FAILED)).toMatchObject({ result: "passed" });
  expect(await check("{ check: end, status: FAILED, error: Stock.Gone }", FAILED)).toEqual({
    result: "failed",
    message: "the run ended FAILED with Stock.Empty (none left), and not FAILED with Stock.Gone",
  });
});

it("does not wait for an expression that has no end", async () => {
  const endless = "{% ($f := function($n) { $f($n + 1) }; $f(0) = 1) %}";
  const outcome = await check(`{ check: predicate, holds: "${endless}" }`);
  expect(outcome).toEqual({
    result: "failed",
    message: "the expression did not end within a second",
  });
});
