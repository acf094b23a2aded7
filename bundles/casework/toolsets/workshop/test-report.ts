/** What `espalier test --json` says of a bundle's scenarios, and how two of them compare. */
import { type Json, z } from "espalier";

export const Verdict = z.enum(["passed", "failed", "flaky", "unproven", "invalid"]);

export const ScenarioResult = z.object({
  name: z.string(),
  verdict: Verdict,
  checks: z.array(
    z.object({
      check: z.string(),
      says: z.string().nullish(),
      result: z.string(),
      message: z.string().nullish(),
    }),
  ),
  reasons: z.array(z.string()).catch([]),
  output: z.json().optional(),
});
export type ScenarioResult = z.infer<typeof ScenarioResult>;

export const TestDocument = z.object({
  suites: z.array(
    z.object({
      bundle: z.string(),
      isMet: z.boolean(),
      unmet: z.array(z.string()).default([]),
      scenarios: z.array(ScenarioResult),
    }),
  ),
});

export type TestDocument = z.infer<typeof TestDocument>;

/** One scenario, before and after a change. */
export const Compared = z.object({
  name: z.string(),
  before: Verdict.nullable(),
  now: Verdict,
  /** What does not hold, in words. */
  why: z.array(z.string()),
});
export type Compared = z.infer<typeof Compared>;

export const Tested = z.object({
  /** Digest of the bundle that was tested. */
  bundle: z.string(),
  case: Compared,
  /** All scenarios but that of the case. */
  others: z.int(),
  lost: z.array(z.string()),
  worse: z.array(Compared),
  better: z.array(Compared),
});
export type Tested = z.infer<typeof Tested>;

/** Best first. `unproven` holds on an answer to another question; nobody knows about that of the new one. */
const ORDER = ["passed", "unproven", "flaky", "failed", "invalid"] as const;

/** Throws an `Error` if the report has not exactly one suite, or the case is not in it. */
export function compareTests(before: TestDocument, after: TestDocument, name: string): Tested {
  const [was, is] = [suiteOf(before), suiteOf(after)];
  const verdicts = new Map(was.scenarios.map((each) => [each.name, each.verdict]));
  const compared = is.scenarios.map((each): Compared => {
    const old = verdicts.get(each.name) ?? null;
    return { name: each.name, before: old, now: each.verdict, why: whyNot(each) };
  });
  const own = compared.find((each) => each.name === name);
  if (!own) throw new Error(`The scenario ${name} was not tested.`);
  const others = compared.filter((each) => each !== own);
  const rank = (verdict: Compared["before"]) => (verdict === null ? 0 : ORDER.indexOf(verdict));
  return {
    bundle: is.bundle,
    case: own,
    others: others.length,
    lost: [...verdicts.keys()].filter((each) => !compared.some((one) => one.name === each)),
    worse: others.filter((each) => rank(each.now) > rank(each.before)),
    better: others.filter((each) => rank(each.now) < rank(each.before)),
  };
}

/** What the run of a scenario has put out; null if nothing. */
export function outputOf(report: TestDocument, name: string): Json {
  return suiteOf(report).scenarios.find((each) => each.name === name)?.output ?? null;
}

function suiteOf({ suites }: TestDocument) {
  const [suite] = suites;
  if (!suite || suites.length > 1) throw new Error(`There are ${suites.length} suites, not one.`);
  return suite;
}

function whyNot({ verdict, checks, reasons }: ScenarioResult): string[] {
  if (verdict === "passed") return [];
  const failed = checks
    .filter(({ result }) => result !== "passed")
    .map(({ check, says, message }) => [says, message ?? check].filter(Boolean).join(": "));
  return [...failed, ...reasons].map((text) => text.slice(0, 500)).slice(0, 5);
}

/** Why a change cannot be proposed, by its tests; empty if it can. */
export function problemsOf(tested: Tested): string[] {
  const problems: string[] = [];
  if (tested.case.now !== "passed") {
    problems.push(
      `The case does not come out as expected (${tested.case.now}): ${reason(tested.case)}`,
    );
  }
  for (const each of tested.worse) {
    const was = each.before ?? "new";
    problems.push(`The scenario ${each.name} was ${was} and is ${each.now}: ${reason(each)}`);
  }
  problems.push(...tested.lost.map((name) => `The scenario ${name} is no longer there.`));
  return problems;
}

function reason({ why }: Compared): string {
  return why.join("; ") || "it does not say why";
}
