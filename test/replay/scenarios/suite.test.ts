/** Thresholds, repeats, earlier bundles, and what CI servers are told. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { SuiteFile } from "../../../lib/manifest/scenario/suite-file.ts";
import { junitXml } from "../../../lib/replay/scenarios/junit.ts";
import { mergeRepeats } from "../../../lib/replay/scenarios/merge-repeats.ts";
import type { ScenarioResult, ScenarioVerdict } from "../../../lib/replay/scenarios/report.ts";
import { ScenarioPool } from "../../../lib/replay/scenarios/scenario-pool.ts";
import { countVerdicts, unmetThresholds } from "../../../lib/replay/scenarios/suite.ts";
import { testSuite } from "../../../lib/replay/scenarios/test-suite.ts";
import { scenarioBundle, scenarioFile } from "./scenario-bundle.ts";

function result(verdict: ScenarioVerdict, more: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    ...{ name: verdict, place: "scenarios/x", origin: "written", verdict },
    ...{ end: { status: "SUCCEEDED", error: null }, output: 1, checks: [], reasons: [], notes: [] },
    ...{ cost: {}, turns: 0, milliseconds: 1 },
    ...more,
  };
}

it.each<[text: object, verdicts: ScenarioVerdict[], unmet: string[]]>([
  [{}, ["passed", "passed"], []],
  [{}, ["passed", "unproven"], ["1 of 2 scenarios passed, 100% are asked"]],
  [{ passed: "50%" }, ["passed", "failed"], []],
  [{ passed: "50%" }, ["failed", "invalid", "passed"], ["1 of 3 scenarios passed, 50% are asked"]],
  [{ passed: "50%" }, ["passed", "flaky"], ["1 of 2 scenarios are flaky, at most 0% may be"]],
  [{ passed: "50%", flaky: "50%" }, ["passed", "flaky"], []],
  [{ passed: "0%", must: ["failed"] }, ["failed"], ["failed must pass, and is failed"]],
])("holds %o against %j", (keys, verdicts, unmet) => {
  const file = SuiteFile.parse({ apiVersion: "espalier/v1", suite: "x", ...keys });
  expect(
    unmetThresholds(
      file,
      verdicts.map((each) => result(each)),
    ),
  ).toEqual(unmet);
});

it("calls flaky what comes out in more than one way", () => {
  expect(mergeRepeats([result("passed"), result("passed", { milliseconds: 9 })]).verdict).toBe(
    "passed",
  );
  expect(mergeRepeats([result("passed"), result("failed"), result("passed")])).toMatchObject({
    verdict: "flaky",
    reasons: ["3 runs came out in 2 ways: 2 passed, 1 failed"],
  });
  expect(mergeRepeats([result("passed"), result("passed", { output: 2 })]).verdict).toBe("flaky");
});

it("tests a suite in warm threads, and says what an earlier bundle did with it", async () => {
  const files = {
    ...scenarioFile("input: 1\nchecks: [{ check: exact, is: 2 }]\n", "one"),
    ...scenarioFile("input: 5\nchecks: [{ check: exact, is: 5 }]\n", "five"),
    ...scenarioFile("answers: [{ step: gone, output: 1 }]\n", "odd"),
  };
  const steps = '- { id: a, task: code/a.ts, with: "{% $input %}" }\n';
  const now = await scenarioBundle({ steps, code: "return input + 1;", files });
  const before = await scenarioBundle({ steps });
  const pool = new ScenarioPool(now, 1);
  const other = new ScenarioPool(before, 1);
  try {
    const { scenarios, counts, isMet, since } = await testSuite({
      ...{ folder: now.folder, shown: "x", plan: now.plan, digest: now.digest },
      ...{ repeat: 2, generate: false, done: () => undefined },
      run: (job) => pool.test(job),
      since: { bundle: "b", version: "0.9.0", shown: "main", run: (job) => other.test(job) },
    });
    expect(scenarios.map(({ name, verdict, before }) => [name, verdict, before])).toEqual([
      ["five", "failed", "passed"],
      ["odd", "invalid", "invalid"],
      ["one", "passed", "failed"],
    ]);
    expect(scenarios[1]?.reasons[0]).toMatch(/ESP872 {2}"gone" is nothing in example/);
    expect({ counts, isMet, since }).toEqual({
      counts: { passed: 1, failed: 1, flaky: 0, unproven: 0, invalid: 1 },
      ...{ isMet: false, since: { bundle: "b", version: "0.9.0", shown: "main" } },
    });
  } finally {
    await Promise.all([pool.close(), other.close()]);
  }
});

/** XML 1.0, as far as JUnit needs it: a declaration, nested elements, attributes, text. */
const NAME = "[a-z-]+";
const ATTRIBUTE = ` ${NAME}="(?:[^"<&]|&(?:amp|lt|gt|quot|apos|#\\d+);)*"`;
const TOKEN = new RegExp(
  `^(?:<(?<open>${NAME})(?:${ATTRIBUTE})*>|<(?<empty>${NAME})(?:${ATTRIBUTE})*/>|</(?<close>${NAME})>|(?<text>(?:[^<&\\]]|&(?:amp|lt|gt|quot|apos|#\\d+);|\\](?!\\]>))+))`,
  "u",
);

function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  let rest = xml.replace('<?xml version="1.0" encoding="UTF-8"?>\n', "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these may not stand in XML
  expect(rest).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/u);
  while (rest !== "") {
    const found = TOKEN.exec(rest);
    if (!found?.groups) throw new Error(`no XML: ${rest.slice(0, 60)}`);
    const { open: opened, empty, close } = found.groups;
    if (opened) open.push(opened);
    if (opened ?? empty) seen.push(opened ?? empty ?? "");
    if (close && open.pop() !== close) throw new Error(`</${close}> closes nothing`);
    rest = rest.slice(found[0].length);
  }
  expect(open).toEqual([]);
  return seen;
}

it("writes XML, whatever scenarios are called and say", () => {
  const texts = fc.string({
    unit: fc.oneof(
      fc.constantFrom("<", "&", '"', "'", "]]>", "\u0000", "\ud800", "\ufffe", "\n"),
      fc.string(),
    ),
  });
  fc.assert(
    fc.property(
      texts,
      texts,
      fc.constantFrom<ScenarioVerdict>("passed", "failed", "invalid"),
      (name, said, verdict) => {
        const scenarios = [result(verdict, { name, reasons: [said] })];
        const suite = {
          ...{ workflow: "x", version: "1.0.0", bundle: "sha256:1", folder: "x", since: null },
          ...{ isMet: false, unmet: [said], counts: countVerdicts(scenarios), scenarios },
        };
        const elements = elementsOf(junitXml({ format: 1, isMet: false, suites: [suite] }));
        expect(elements).toContain("testcase");
        expect(elements.includes("failure")).toBe(verdict === "failed");
        expect(elements.includes("error")).toBe(verdict === "invalid");
      },
    ),
  );
});
