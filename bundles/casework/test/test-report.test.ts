import { describe, expect, it } from "vitest";
import { compareTests, problemsOf, type TestDocument } from "../toolsets/workshop/test-report.ts";

type Verdict = TestDocument["suites"][number]["scenarios"][number]["verdict"];

const report = (verdicts: Readonly<Record<string, Verdict>>): TestDocument => ({
  suites: [
    {
      bundle: "sha256:0",
      isMet: true,
      unmet: [],
      scenarios: Object.entries(verdicts).map(([name, verdict]) => ({
        name,
        verdict,
        checks: [{ check: "exact", says: "as agreed", result: verdict, message: `is ${verdict}` }],
        reasons: [],
      })),
    },
  ],
});

describe("two reports of tests", () => {
  it("say what became better and what worse, and the case counts apart", () => {
    const before = report({ case: "failed", a: "passed", b: "failed", c: "passed", d: "unproven" });
    const after = report({ case: "passed", a: "failed", b: "passed", c: "passed", d: "flaky" });
    const compared = compareTests(before, after, "case");
    expect(compared).toMatchObject({ others: 4, case: { before: "failed", now: "passed" } });
    expect(compared.worse.map(({ name }) => name)).toEqual(["a", "d"]);
    expect(compared.better.map(({ name }) => name)).toEqual(["b"]);
    expect(problemsOf(compared)).toEqual([
      "The scenario a was passed and is failed: as agreed: is failed",
      "The scenario d was unproven and is flaky: as agreed: is flaky",
    ]);
  });

  it.each([
    ["failed", false],
    ["flaky", false],
    ["unproven", false],
    ["invalid", false],
    ["passed", true],
  ] as const)("let a case that is %s now count as mended: %s", (now, isMended) => {
    const compared = compareTests(report({ case: "failed" }), report({ case: now }), "case");
    expect(problemsOf(compared).length === 0).toBe(isMended);
  });

  it("forgive a scenario that failed before, and none that is lost or new and failing", () => {
    const before = report({ case: "failed", a: "failed", b: "passed" });
    expect(
      problemsOf(
        compareTests(before, report({ case: "passed", a: "failed", b: "passed" }), "case"),
      ),
    ).toEqual([]);
    const lost = compareTests(before, report({ case: "passed", a: "failed" }), "case");
    expect(problemsOf(lost)).toEqual(["The scenario b is no longer there."]);
    expect(() => compareTests(before, report({ a: "passed" }), "case")).toThrow("not tested");
  });
});
