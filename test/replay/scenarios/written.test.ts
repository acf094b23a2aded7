/** Scenarios that are written by hand: their answers stand for the world. */
import { expect, it } from "vitest";
import { scenarioBundle, scenarioFile } from "./scenario-bundle.ts";

const STEPS = `- { id: plan, task: code/plan.ts, with: { n: "{% $input.n %}" } }
- { id: look, task: code/look.ts, effect: read, with: "{% $plan %}", retry: [{ on: [Shop.Busy], attempts: 1, interval: 30s }] }
- { id: review, approval: approvals/review.yaml, required: "{% $look.price > 10 %}", with: { price: "{% $look.price %}" } }
- { id: told, emit: Looked, with: { price: "{% $look.price %}" } }
- { id: done, set: { price: "{% $look.price %}", by: "{% $review.by %}" } }
`;
const CODE = "return { n: input.n + 1 };";
const files = scenarioFile;

it("runs what has no effect, and answers everything else as it says", async () => {
  const { test } = await scenarioBundle({
    ...{ steps: STEPS, code: CODE },
    files: files(`input: { n: 2 }
answers:
  - { step: look, error: { name: Shop.Busy } }
  - { step: look, output: { price: 20 } }
  - { step: review, decision: { verdict: approved, by: ann@example.com } }
checks:
  - { check: exact, is: { price: 20, by: ann@example.com } }
  - { check: exact, of: "{% $asked.look %}", is: { n: 3 } }
  - { check: predicate, holds: "{% $steps.look.price = 20 and $steps.plan.n = 3 %}" }
  - { check: path, enters: [look, review, told] }
`),
  });
  expect(await test()).toMatchObject({
    ...{ origin: "written", verdict: "passed", end: { status: "SUCCEEDED" }, reasons: [] },
  });
});

it.each<[what: string, keys: string, end: object]>([
  [
    "a rejection",
    "answers: [{ step: look, output: { price: 20 } }, { step: review, decision: { verdict: rejected } }]",
    { status: "FAILED", error: "Approval.Rejected" },
  ],
  [
    "a deadline that passes",
    "answers: [{ step: look, output: { price: 20 } }, { step: review, error: { name: Approval.Expired } }]",
    { status: "FAILED", error: "Approval.Expired" },
  ],
  [
    "no person where the rule decides",
    "answers: [{ step: look, output: { price: 1 } }]",
    { status: "SUCCEEDED", error: null },
  ],
  [
    "an error that nobody catches",
    "answers: [{ step: look, error: { name: Shop.Gone, message: closed } }]",
    { status: "FAILED", error: "Shop.Gone" },
  ],
])("tries %s", async (_what, keys, end) => {
  const { test } = await scenarioBundle({
    steps: STEPS,
    code: CODE,
    files: files(`input: { n: 1 }\n${keys}\n`),
  });
  expect((await test()).end).toEqual(end);
});

it("fails where a step asks and nothing answers it, and says which", async () => {
  const { test } = await scenarioBundle({
    steps: STEPS,
    code: CODE,
    files: files("input: { n: 1 }\n"),
  });
  const result = await test();
  expect(result.verdict).toBe("failed");
  expect(result.reasons).toContain("look (task) asks, and nothing answers it");
});

it("calls a result flaky that depends on the clock, and names the place", async () => {
  const { test } = await scenarioBundle({
    steps: "- { id: a, task: code/a.ts }\n",
    code: "return { at: Date.now() };",
    files: files(""),
  });
  const { verdict, reasons } = await test();
  expect(verdict).toBe("flaky");
  expect(reasons[0]).toMatch(/^a depends on the clock: Date\.now at code\/a\.ts/);
});

it("answers each iteration of a map on its own", async () => {
  const { test } = await scenarioBundle({
    steps: `- id: all
  map: "{% $input.list %}"
  as: one
  steps: [{ id: look, task: code/look.ts, effect: read, with: "{% $one %}" }]
`,
    files: files(`input: { list: [a, b, c] }
answers:
  - { step: look, output: 0 }
  - { step: look, iteration: "1", output: 1 }
checks: [{ check: exact, is: [0, 1, 0] }, { check: exact, of: "{% $asked.look %}", is: [a, b, c] }]
`),
  });
  expect(await test()).toMatchObject({ verdict: "passed" });
});

it("takes the bytes of a file for an artifact, and never leaves its folder", async () => {
  const steps = '- { id: a, task: code/a.ts, with: "{% $input %}" }\n';
  const good = await scenarioBundle({
    steps,
    files: {
      ...files(`input: { doc: { $file: doc.txt } }
checks: [{ check: predicate, holds: "{% $output.doc.bytes = 5 and $output.doc.mediaType = 'text/plain' %}" }]
`),
      "scenarios/case/doc.txt": "hello",
    },
  });
  expect((await good.test()).verdict).toBe("passed");
  const bad = await scenarioBundle({
    steps,
    files: files("input: { doc: { $file: ../../store } }\n"),
  });
  expect(await bad.test()).toMatchObject({
    verdict: "invalid",
    reasons: [expect.stringMatching(/scenario\.yaml:3:24 {2}ESP873 .*no path inside the folder/)],
  });
});
